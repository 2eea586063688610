// question = "Which sites stand behind a content delivery network while nobody knows where they are hosted?"
// about = """
// One row per domain, network and interval: a CDN is known for it, and no web hosting of the domain as its origin. Where a
// look concluded that the origin is unknown, `origin` gives the reason. Own domains of the companies on the list, or of
// the one asked for.
// """
// says_not = """
// Not that the network hosts the site: it stands before it. Not that the origin is hidden on purpose. A domain whose CDN
// nobody looked for has no row.
// """
// tags = ["honesty"]
// maturity = "stable"
//
// [parameters.list]
// type = "string"
// doc = "the watchlist"
// default = "us-entity-list"
// example = "us-cmic"
//
// [parameters.entity]
// type = "string"
// doc = "only this company, by its id, on a list or not"
// example = "hikvision"
//
// [parameters.scope]
// type = "string"
// doc = "what the domain is for: corporate, product or attack-infrastructure, never mixed"
// default = "corporate"
// example = "attack-infrastructure"
//
// [columns]
// company = "whose it is"
// domain = "the domain behind the network"
// provider = "the network"
// first_seen = "first sighting of the network: a day, or the window in which it lies"
// last_seen = "last sighting of the network: a day, or the window in which it lies"
// status = "current, uncertain, last-known, ended, disputed or retracted (by --known-on, since then)"
// basis = "how we know of the network"
// origin = "what a look concluded about the origin, and why; nobody looked, where there was none"
// evidence = "what it rests on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// companies on the list on the day, or the one that was asked for
CALL (as_of, known_on) {
  MATCH (w:Watchlist {id: $list})<-[l:LISTED_ON]-(c:Company)
  WHERE $entity IS NULL
    AND l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on)
    AND l.from <= as_of AND (l.until IS NULL OR l.until > as_of OR l.until_known > known_on)
    AND NOT EXISTS {
      MATCH (c)-[x:LISTED_ON]->(w)
      WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
        AND x.until_known > l.known_from AND x.until_known <= known_on
        AND (x.known_until IS NULL OR x.known_until > known_on)
    }
  RETURN DISTINCT c
  UNION
  MATCH (c:Company {id: $entity})
  RETURN c
}
WITH as_of, known_on, collect(c) AS companies
UNWIND companies AS c
MATCH (c)<-[o:OWNED_BY]-(t:Domain)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
WHERE s.service = 'cdn'
  AND s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on) AND s.first_seen_min <= as_of
  AND (s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
  AND CASE WHEN s.scope <> 'corporate' THEN s.scope ELSE coalesce(o.scope, 'corporate') END = $scope
  AND o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
  AND (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
  AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on)
  AND NOT EXISTS {
    MATCH (t)<-[h:SERVES|SAID_TO_SERVE]-(:Provider)
    WHERE h.service = 'web-hosting' AND coalesce(h.role, 'origin') <> 'edge'
      AND h.known_from <= known_on AND (h.known_until IS NULL OR h.known_until > known_on)
      AND h.first_seen_min <= as_of AND (h.ended IS NULL OR h.ended > as_of OR h.ended_known > known_on)
      AND coalesce(h.known_cause, '') <> 'retraction'
      AND (h.strength IS NULL OR h.strength = 'publishable')
  }
WITH DISTINCT as_of, known_on, c, t, s, p
WITH as_of, known_on, c, t, s, p, COLLECT {
       MATCH (t)<-[x:CONCLUDED]-(run:Run)
       WHERE x.service = 'web-hosting' AND run.dated <= as_of AND run.dated <= known_on
       RETURN x.finding + coalesce(': ' + x.reason, '') AS concluded
       ORDER BY run.dated DESC, x.host, x.id
       LIMIT 1
     } AS concluded, EXISTS {
       MATCH (t)<-[n:CONCERNS]-(d:Statement {kind: 'dispute'})
       WHERE d.date <= known_on AND (d.decided IS NULL OR d.decided > known_on) AND (n.claim IS NULL OR n.claim = s.claim)
     } AS disputed
WITH c, t, s, p, coalesce(head(concluded), 'nobody looked') AS origin,
     CASE WHEN s.known_cause = 'retraction' THEN 'retracted'
          WHEN disputed THEN 'disputed'
          WHEN s.ended <= as_of AND s.ended_known <= known_on THEN 'ended'
          WHEN as_of < s.first_seen_max THEN 'uncertain'
          WHEN s.ended > as_of AND s.ended_known <= known_on AND as_of > s.last_seen_max THEN 'uncertain'
          WHEN as_of <= s.last_seen_min + duration({days: 90}) THEN 'current'
          WHEN as_of <= s.last_seen_max THEN 'uncertain'
          ELSE 'last-known' END AS status
RETURN c.name AS company, t.name AS domain, p.name AS provider,
       toString(s.first_seen_min)
         + CASE WHEN s.first_seen_min = s.first_seen_max THEN '' ELSE '/' + toString(s.first_seen_max) END AS first_seen,
       toString(s.last_seen_min)
         + CASE WHEN s.last_seen_min = s.last_seen_max THEN '' ELSE '/' + toString(s.last_seen_max) END AS last_seen,
       status, s.basis AS basis, origin,
       COLLECT {
         UNWIND s.evidence AS evidence_id
         MATCH (e:Evidence {id: evidence_id})
         RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                 locator: e.locator}
         ORDER BY e.source, e.url, e.id
       } AS evidence
ORDER BY company, c.id, domain, provider, first_seen, s.id
