// question = "Which companies on a list share a rare provider of a service (default: the U.S. Entity List)?"
// about = """
// One row per provider and service that at least two listed companies share, the rarest first. A provider is rare while
// it is known to serve at most `most` clients, listed or not, whatever the service and scope: a client is a company, by
// itself or by a domain that it owned, or a domain of which no owner is known. What serves more is a hub and says nothing
// about those whom it serves. Only a company's own domains count. An issuer of certificates is the provider of the
// service certificate, a set of name servers that of nameserver: single name servers and certificates are not in the
// graph.
// """
// says_not = """
// Not that these companies belong together: a small provider has several clients, too. Not that the provider is small: a
// giant of which few clients are known here passes as rare. Attributions that are only probable are left out, and what ended (but
// attack infrastructure, which ends when it is found); labels that nobody could resolve count for nothing.
// """
// tags = ["dependence"]
// maturity = "stable"
//
// [parameters.list]
// type = "string"
// doc = "the watchlist"
// default = "us-entity-list"
// example = "us-cmic"
//
// [parameters.service]
// type = "string"
// doc = "only this service"
// example = "certificate"
//
// [parameters.scope]
// type = "string"
// doc = "what the domain is for: corporate, product or attack-infrastructure, never mixed"
// default = "corporate"
// example = "attack-infrastructure"
//
// [parameters.most]
// type = "integer"
// doc = "highest number of known clients with which a provider is still rare"
// default = 5
// example = "3"
//
// [columns]
// provider = "brand or platform as it is named"
// service = "what it provides; unspecified where a publication does not say"
// clients = "number of its known clients, listed or not"
// companies = "names of the listed companies that share it"
// domains = "the domains of theirs that it serves; empty where publications name none"
// first_seen = "first sighting of any of them: a day, or the window in which it lies"
// last_seen = "last sighting of any of them: a day, or the window in which it lies"
// statuses = "which statuses the facts have: current, uncertain, last-known, ended, disputed, retracted"
// evidence = "what it rests on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// listings that hold on the day, and that no newer version of another source has closed
MATCH (w:Watchlist {id: $list})<-[l:LISTED_ON]-(c:Company)
WHERE l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on)
  AND l.from <= as_of AND (l.until IS NULL OR l.until > as_of OR l.until_known > known_on)
  AND NOT EXISTS {
    MATCH (c)-[x:LISTED_ON]->(w)
    WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
      AND x.until_known > l.known_from AND x.until_known <= known_on
      AND (x.known_until IS NULL OR x.known_until > known_on)
  }
WITH as_of, known_on, collect(DISTINCT c) AS listed
// only what is its own: a domain of the parent would be shared by all its subsidiaries
CALL (listed) {
  UNWIND listed AS c
  RETURN c, c AS t, [] AS owned
  UNION ALL
  UNWIND listed AS c
  MATCH (c)<-[o:OWNED_BY]-(t:Domain)
  RETURN c, t, [o] AS owned
}
MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
WITH as_of, known_on, c, p, s, t, owned,
     CASE WHEN s.last_seen_min < as_of THEN s.last_seen_min ELSE as_of END AS at_min,
     CASE WHEN s.last_seen_max < as_of THEN s.last_seen_max ELSE as_of END AS at_max
WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
  AND s.first_seen_min <= as_of
  AND ($service IS NULL OR s.service = $service)
  AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
           ELSE coalesce(head(owned).scope, 'corporate') END = $scope
  AND (s.strength IS NULL OR s.strength = 'publishable')
  AND ($scope = 'attack-infrastructure' OR s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
  AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, p, s.service AS service, collect({c: c, s: s, t: t}) AS facts,
     count(DISTINCT c.id) AS listed, count(DISTINCT t) AS subjects
WHERE listed > 1 AND subjects > 1
WITH as_of, known_on, p, collect({service: service, facts: facts}) AS shared
// each provider's clients once, and no more of them than decide whether it is a hub
WITH as_of, known_on, p, shared, COUNT {
       MATCH (p)-[s:SERVES|SAID_TO_SERVE]->(y)
       WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
         AND s.first_seen_min <= as_of
       OPTIONAL MATCH (y)-[o:OWNED_BY]->(c:Company)
       WHERE y:Domain AND o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
         AND (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
         AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on)
       RETURN DISTINCT coalesce(c.id, y.id, y.name) AS client
       LIMIT $most + 1
     } AS clients
WHERE clients <= $most
UNWIND shared AS x
UNWIND x.facts AS f
WITH as_of, known_on, p, clients, x.service AS service, f.c AS c, f.s AS s, f.t AS t
WITH p, clients, service, c, s, CASE WHEN t:Domain THEN t.name END AS domain,
     CASE WHEN s.known_cause = 'retraction' THEN 'retracted'
          WHEN EXISTS {
            MATCH (t)<-[n:CONCERNS]-(d:Statement {kind: 'dispute'})
            WHERE d.date <= known_on AND (d.decided IS NULL OR d.decided > known_on)
              AND (n.claim IS NULL OR n.claim = s.claim)
          } THEN 'disputed'
          WHEN s.ended <= as_of AND s.ended_known <= known_on THEN 'ended'
          WHEN as_of < s.first_seen_max THEN 'uncertain'
          WHEN s.ended > as_of AND s.ended_known <= known_on AND as_of > s.last_seen_max THEN 'uncertain'
          WHEN as_of <= s.last_seen_min + duration({days: 90}) THEN 'current'
          WHEN as_of <= s.last_seen_max THEN 'uncertain'
          ELSE 'last-known' END AS status
ORDER BY c.name, c.id, domain, s.id
WITH p, clients, service, collect(DISTINCT c.name) AS companies, collect(DISTINCT domain) AS domains,
     collect(DISTINCT s) AS edges, min(s.first_seen_min) AS first_min, min(s.first_seen_max) AS first_max,
     max(s.last_seen_min) AS last_min, max(s.last_seen_max) AS last_max, collect(DISTINCT status) AS statuses
RETURN p.name AS provider, service, clients, companies, domains,
       toString(first_min) + CASE WHEN first_min = first_max THEN '' ELSE '/' + toString(first_max) END AS first_seen,
       toString(last_min) + CASE WHEN last_min = last_max THEN '' ELSE '/' + toString(last_max) END AS last_seen,
       [x IN ['current', 'uncertain', 'last-known', 'ended', 'disputed', 'retracted'] WHERE x IN statuses] AS statuses,
       COLLECT {
         UNWIND edges AS s
         UNWIND s.evidence AS evidence_id
         MATCH (e:Evidence {id: evidence_id})
         WITH DISTINCT e
         RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                 locator: e.locator}
         ORDER BY e.source, e.url, e.id
       } AS evidence
ORDER BY clients, size(companies) DESC, provider, p.id, service
