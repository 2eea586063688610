// question = "How are two companies, providers or domains connected?"
// about = """
// One row per shortest way between them, of at most six steps, over ownership, service, lists and countries as they hold
// on the day. It is searched three steps from each end, with at most 2,000 points a step and ten ways to each. Two ends
// may meet in a country, on a list or at a large provider, but nothing is followed on from there, also where it is an end
// itself: what has more than 500 owners, holdings or services connects everybody with everybody.
// """
// says_not = """
// Not that the two have to do with each other: a common provider or country is no tie. No row means no way within these
// bounds, among what is known.
// """
// tags = ["ownership", "who serves"]
// maturity = "stable"
//
// [parameters.entity]
// type = "string"
// doc = "id of a company or provider, or a domain name"
// required = true
// example = "hikvision"
//
// [parameters.other]
// type = "string"
// doc = "id of another company or provider, or a domain name"
// required = true
// example = "dahua"
//
// [columns]
// steps = "how many"
// path = "the way in words, step by step"
// evidence = "what it rests on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL () {
  UNWIND [$entity, $other] AS id
  MATCH (n:Company {id: id})
  RETURN n, id
  UNION ALL
  UNWIND [$entity, $other] AS id
  MATCH (n:Provider {id: id})
  RETURN n, id
  UNION ALL
  UNWIND [$entity, $other] AS id
  MATCH (n:Domain {name: id})
  RETURN n, id
}
WITH as_of, known_on, collect({scope: CASE WHEN id = $entity THEN 'entity' ELSE 'other' END, n: n, evidence: [[]]}) AS front
WITH as_of, known_on, front AS reached, front,
     [x IN front | x.scope + head(labels(x.n)) + coalesce(x.n.id, x.n.name, x.n.code)] AS seen
// three steps from both ends
CALL (front, seen, as_of, known_on) {
  UNWIND front AS f
  WITH f, f.n AS n, seen, as_of, known_on
  WHERE NOT n:Country AND NOT n:Watchlist AND COUNT { MATCH (n)-[:OWNED_BY|SERVES|SAID_TO_SERVE]-() } <= 500
  MATCH (n)-[r:OWNED_BY|SERVES|SAID_TO_SERVE|LISTED_ON|BASED_IN]-(m)
  WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
    AND (r.first_seen_min IS NULL OR r.first_seen_min <= as_of)
    AND (r.ended IS NULL OR r.ended > as_of OR r.ended_known > known_on)
    AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
    AND (r.strength IS NULL OR r.strength = 'publishable')
    AND NOT f.scope + head(labels(m)) + coalesce(m.id, m.name, m.code) IN seen
  UNWIND f.evidence AS way
  WITH f.scope AS scope, m, CASE WHEN f.scope = 'entity' THEN way + [r] ELSE [r] + way END AS way, r
  ORDER BY r.id
  WITH scope, m, collect(way)[..10] AS ways
  ORDER BY coalesce(m.id, m.name, m.code), head(labels(m)), scope
  LIMIT 2000
  RETURN collect({scope: scope, n: m, evidence: ways}) AS next
}
WITH as_of, known_on, reached + next AS reached, next AS front,
     seen + [x IN next | x.scope + head(labels(x.n)) + coalesce(x.n.id, x.n.name, x.n.code)] AS seen
CALL (front, seen, as_of, known_on) {
  UNWIND front AS f
  WITH f, f.n AS n, seen, as_of, known_on
  WHERE NOT n:Country AND NOT n:Watchlist AND COUNT { MATCH (n)-[:OWNED_BY|SERVES|SAID_TO_SERVE]-() } <= 500
  MATCH (n)-[r:OWNED_BY|SERVES|SAID_TO_SERVE|LISTED_ON|BASED_IN]-(m)
  WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
    AND (r.first_seen_min IS NULL OR r.first_seen_min <= as_of)
    AND (r.ended IS NULL OR r.ended > as_of OR r.ended_known > known_on)
    AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
    AND (r.strength IS NULL OR r.strength = 'publishable')
    AND NOT f.scope + head(labels(m)) + coalesce(m.id, m.name, m.code) IN seen
  UNWIND f.evidence AS way
  WITH f.scope AS scope, m, CASE WHEN f.scope = 'entity' THEN way + [r] ELSE [r] + way END AS way, r
  ORDER BY r.id
  WITH scope, m, collect(way)[..10] AS ways
  ORDER BY coalesce(m.id, m.name, m.code), head(labels(m)), scope
  LIMIT 2000
  RETURN collect({scope: scope, n: m, evidence: ways}) AS next
}
WITH as_of, known_on, reached + next AS reached, next AS front,
     seen + [x IN next | x.scope + head(labels(x.n)) + coalesce(x.n.id, x.n.name, x.n.code)] AS seen
CALL (front, seen, as_of, known_on) {
  UNWIND front AS f
  WITH f, f.n AS n, seen, as_of, known_on
  WHERE NOT n:Country AND NOT n:Watchlist AND COUNT { MATCH (n)-[:OWNED_BY|SERVES|SAID_TO_SERVE]-() } <= 500
  MATCH (n)-[r:OWNED_BY|SERVES|SAID_TO_SERVE|LISTED_ON|BASED_IN]-(m)
  WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
    AND (r.first_seen_min IS NULL OR r.first_seen_min <= as_of)
    AND (r.ended IS NULL OR r.ended > as_of OR r.ended_known > known_on)
    AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
    AND (r.strength IS NULL OR r.strength = 'publishable')
    AND NOT f.scope + head(labels(m)) + coalesce(m.id, m.name, m.code) IN seen
  UNWIND f.evidence AS way
  WITH f.scope AS scope, m, CASE WHEN f.scope = 'entity' THEN way + [r] ELSE [r] + way END AS way, r
  ORDER BY r.id
  WITH scope, m, collect(way)[..10] AS ways
  ORDER BY coalesce(m.id, m.name, m.code), head(labels(m)), scope
  LIMIT 2000
  RETURN collect({scope: scope, n: m, evidence: ways}) AS next
}
WITH reached + next AS reached
// where they meet
UNWIND reached AS x
WITH x.n AS n, collect(CASE WHEN x.scope = 'entity' THEN x.evidence END) AS ahead,
     collect(CASE WHEN x.scope = 'other' THEN x.evidence END) AS behind
WHERE size(ahead) > 0 AND size(behind) > 0
UNWIND head(ahead) AS one
UNWIND head(behind) AS two
WITH DISTINCT one + two AS rs
WITH collect(rs) AS ways, min(size(rs)) AS least
UNWIND [w IN ways WHERE size(w) = least] AS rs
WITH rs, size(rs) AS steps,
     [r IN rs | startNode(r).name + CASE type(r)
        WHEN 'OWNED_BY' THEN ' belongs to ' WHEN 'SERVES' THEN ' serves ' WHEN 'SAID_TO_SERVE' THEN ' was said to serve '
        WHEN 'LISTED_ON' THEN ' stands on ' ELSE ' is based in ' END
      + coalesce(endNode(r).name, endNode(r).code)
      + CASE WHEN r.service IS NOT NULL THEN ' (' + r.service + ')' WHEN r.basis IS NOT NULL THEN ' (' + r.basis + ')'
             ELSE '' END] AS path
// sightings and sources of one step are one way
WITH steps, path, reduce(text = '', x IN path | text + x + '; ') AS words,
     collect(reduce(ids = [], r IN rs | ids + r.evidence)) AS lists
RETURN steps, path, COLLECT {
         UNWIND lists AS list
         UNWIND list AS evidence_id
         MATCH (e:Evidence {id: evidence_id})
         WITH DISTINCT e
         RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                 locator: e.locator}
         ORDER BY e.source, e.url, e.id
       } AS evidence
ORDER BY steps, words
