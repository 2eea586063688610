// question = "Which claims about the companies of a list rest on the least?"
// about = """
// One row per provider, service, role and subject with a weakness, those with the most first. A weakness is: one source
// only, which reported or measured elsewhere; one sighting; an attribution that is only probable or ambiguous; a domain
// or a provider of which nobody verified, or knows, the owner; an open dispute. Companies on the list, or the one asked for, and their own domains.
// """
// says_not = """
// Not that a claim is wrong because it rests on little, and not that one without a row is right. Weaknesses are
// counted, not weighed.
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
// weaknesses = "how many"
// why = "which"
// provider = "brand or platform as it is named"
// service = "what it provides; unspecified where a publication does not say"
// company = "whose it is"
// domain = "the domain served; empty where a publication names none"
// sources = "who says so"
// sightings = "how often it was seen"
// first_seen = "first sighting: a day, or the window in which it lies"
// last_seen = "last sighting: a day, or the window in which it lies"
// status = "current, uncertain, last-known, ended, disputed or retracted (by --known-on, since then)"
// basis = "how we know, the strongest where there are several"
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
// what is known of them and of their domains
CALL (companies, as_of, known_on) {
  UNWIND companies AS c
  MATCH (c)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on) AND s.first_seen_min <= as_of
    AND s.scope = $scope
  RETURN c, c AS t, s, p, true AS verified
  UNION ALL
  UNWIND companies AS c
  MATCH (c)<-[o:OWNED_BY]-(t:Domain)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on) AND s.first_seen_min <= as_of
    AND CASE WHEN s.scope <> 'corporate' THEN s.scope ELSE coalesce(o.scope, 'corporate') END = $scope
    AND o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
    AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on)
  RETURN c, t, s, p, o.verified AS verified
}
WITH as_of, known_on, c, t, p, s, max(CASE WHEN verified THEN 1 ELSE 0 END) AS verified
WITH as_of, known_on, c, t, p, s.service AS service, s.role AS role, max(verified) AS verified, collect(s) AS intervals,
     min(s.first_seen_min) AS first_min, min(s.first_seen_max) AS first_max, max(s.last_seen_min) AS last_min,
     max(s.last_seen_max) AS last_max, sum(s.sightings) AS sightings
WITH as_of, known_on, p, collect({c: c, t: t, service: service, role: role, verified: verified, intervals: intervals,
       first_min: first_min, first_max: first_max, last_min: last_min, last_max: last_max, sightings: sightings}) AS facts
// who operates the provider, once: is that known, and did somebody verify it
CALL (p, known_on) {
  MATCH (p)-[r:OWNED_BY]->(:Company)
  WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
  RETURN collect(r) AS ownings
}
UNWIND facts AS f
WITH as_of, known_on, p, f, [r IN ownings WHERE (r.from IS NULL OR r.from <= as_of AND r.from <= f.last_max)
       AND (r.until IS NULL OR r.until > as_of OR r.until > f.last_min OR r.until_known > known_on)] AS ownings
WITH as_of, known_on, p, f, ownings, f.t AS t, f.intervals AS intervals,
     COLLECT {
       UNWIND f.intervals AS s
       RETURN s
       ORDER BY CASE s.basis WHEN 'configured' THEN 0 WHEN 'observed' THEN 1 WHEN 'declared' THEN 2
                  WHEN 'measured-elsewhere' THEN 3 ELSE 4 END, s.last_seen_max DESC, s.id
     } AS edges,
     COLLECT {
       UNWIND f.intervals AS s
       RETURN DISTINCT s.source AS source
       ORDER BY source
     } AS sources
WITH as_of, known_on, p, f, t, ownings, edges, sources, head(edges) AS s, EXISTS {
       MATCH (t)<-[n:CONCERNS]-(d:Statement {kind: 'dispute'})
       WHERE d.date <= known_on AND (d.decided IS NULL OR d.decided > known_on)
         AND (n.claim IS NULL OR n.claim IN [x IN edges | x.claim])
     } AS disputed
WITH p, f, t, edges, sources, s.basis AS basis,
     CASE WHEN s.known_cause = 'retraction' THEN 'retracted'
          WHEN disputed THEN 'disputed'
          WHEN s.ended <= as_of AND s.ended_known <= known_on THEN 'ended'
          WHEN as_of < s.first_seen_max THEN 'uncertain'
          WHEN s.ended > as_of AND s.ended_known <= known_on AND as_of > s.last_seen_max THEN 'uncertain'
          WHEN as_of <= s.last_seen_min + duration({days: 90}) THEN 'current'
          WHEN as_of <= s.last_seen_max THEN 'uncertain'
          ELSE 'last-known' END AS status,
     [x IN [CASE WHEN size(sources) = 1 AND s.basis IN ['reported', 'measured-elsewhere'] THEN 'one source, ' + s.basis END,
            CASE WHEN f.sightings = 1 THEN 'one sighting' END,
            CASE WHEN s.strength <> 'publishable' THEN 'attribution only ' + s.strength END,
            CASE WHEN f.verified = 0 THEN 'owner of the domain unverified' END,
            CASE WHEN size(ownings) = 0 THEN 'owner of the provider unknown'
                 WHEN NOT any(r IN ownings WHERE r.verified) THEN 'owner of the provider unverified' END,
            CASE WHEN disputed THEN 'disputed' END] WHERE x IS NOT NULL] AS why
WHERE size(why) > 0
WITH p.id AS provider_id, f.c.id AS company_id, f.role AS role, size(why) AS weaknesses, why, p.name AS provider,
     f.service AS service, f.c.name AS company, CASE WHEN t:Domain THEN t.name END AS domain, sources,
     f.sightings AS sightings,
     toString(f.first_min) + CASE WHEN f.first_min = f.first_max THEN '' ELSE '/' + toString(f.first_max) END AS first_seen,
     toString(f.last_min) + CASE WHEN f.last_min = f.last_max THEN '' ELSE '/' + toString(f.last_max) END AS last_seen,
     status, basis,
     COLLECT {
       UNWIND edges AS x
       UNWIND x.evidence AS evidence_id
       MATCH (e:Evidence {id: evidence_id})
       WITH DISTINCT e
       RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
               locator: e.locator}
       ORDER BY e.source, e.url, e.id
     } AS evidence
RETURN weaknesses, why, provider, service, company, domain, sources, sightings, first_seen, last_seen, status, basis,
       evidence
ORDER BY weaknesses DESC, provider, company, service, domain, role, provider_id, company_id
