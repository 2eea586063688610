// question = "Which brands that serve a list look foreign and end at a parent in a country (default: the US)?"
// about = """
// One row per provider, service, role, subject, operator and parent. The brand's home is that of its operator, the first
// company on the way up: neither headquarters nor incorporation is in the country. The parent has one of the two there.
// The parent is the topmost company that certainly controlled the operator. Both, and where they were based, are taken on
// the days on which the service was last seen.
// What the catalogue and the lists of 2020 to 2022 know gives no row yet for the US: their American chains stay American.
// """
// says_not = """
// Not how a brand presents itself: names, sites and customers have no home here. Where operator or parent has no known
// country, where control is unknown, or where the owner changed while the service may have been seen, there is no row:
// see owners-unknown.
// """
// tags = ["who serves"]
// maturity = "stable"
//
// [parameters.country]
// type = "country"
// doc = "the country, ISO 3166-1 alpha-2"
// default = "US"
// example = "CN"
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
// [parameters.all]
// type = "boolean"
// doc = "also what ended (attack infrastructure always: it ends when it is found), and weak attributions"
// default = false
// example = "true"
//
// [columns]
// provider = "brand or platform as it is named"
// operator = "the company that runs it, the first on the way up to the parent"
// operator_country = "where that was based: headquarters and incorporation"
// parent = "topmost company that certainly controlled it"
// parent_country = "where that was based: headquarters and incorporation"
// service = "what it provides; unspecified where a publication does not say"
// company = "the listed company"
// list = "the list"
// domain = "the domain served; empty where a publication names none"
// first_seen = "first sighting: a day, or the window in which it lies"
// last_seen = "last sighting: a day, or the window in which it lies"
// status = "current, uncertain, last-known, ended, disputed or retracted (by --known-on, since then)"
// basis = "how we know, the strongest where there are several"
// confidence = "0 to 1; empty where we did not compute it"
// evidence = "what it rests on: each with id, source, address, date"
// tie = "how the domain belongs to the listed company; whether provider and client are one group"
// ownership = "the chain from provider to the top: since when, on what basis, verified or not"
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
WITH DISTINCT as_of, known_on, c
WITH as_of, known_on, c,
     // the companies that control it, each with the way up
     COLLECT {
       MATCH (c)-[gs:OWNED_BY*0..4]->(g:Company)
       WHERE all(r IN gs WHERE r.control = 'yes' AND r.known_from <= known_on
                 AND (r.known_until IS NULL OR r.known_until > known_on))
       RETURN {id: g.id,
               from: reduce(day = null, r IN gs | CASE WHEN day IS NULL OR r.from > day
                 THEN coalesce(r.from, day) ELSE day END),
               until: reduce(day = null, r IN gs | CASE WHEN r.until_known > known_on THEN day
                    WHEN day IS NULL OR r.until < day THEN coalesce(r.until, day) ELSE day END)}
     } AS above
WITH as_of, known_on, collect({c: c, above: above}) AS listed
// what stands for it: the company itself, its domains, those of its subsidiaries and of its parent
CALL (listed) {
  UNWIND listed AS x
  RETURN x, x.c AS t, [] AS owned, null AS via, 'about the company; no domain named' AS tie
  UNION ALL
  UNWIND listed AS x
  WITH x, x.c AS c
  MATCH (c)<-[o:OWNED_BY]-(t:Domain)
  RETURN x, t, [o] AS owned, null AS via, 'own domain' AS tie
  UNION ALL
  UNWIND listed AS x
  WITH x, x.c AS c
  MATCH (c)<-[o2:OWNED_BY]-(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN x, t, [o1, o2] AS owned, g.name + ' (controlled since ' + coalesce(o2.from_text, toString(o2.from), 'unknown date')
           + CASE WHEN o2.verified THEN ')' ELSE ', unverified)' END AS via, 'domain of its subsidiary ' AS tie
  UNION ALL
  UNWIND listed AS x
  WITH x, x.c AS c
  MATCH (c)-[o2:OWNED_BY]->(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN x, t, [o1, o2] AS owned, g.name + ' (controlled since ' + coalesce(o2.from_text, toString(o2.from), 'unknown date')
           + CASE WHEN o2.verified THEN ')' ELSE ', unverified)' END AS via, 'domain of its parent ' AS tie
}
MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
WITH as_of, known_on, x, p, s, t, owned, tie + coalesce(via, '') AS tie,
     CASE WHEN s.last_seen_min < as_of THEN s.last_seen_min ELSE as_of END AS at_min,
     CASE WHEN s.last_seen_max < as_of THEN s.last_seen_max ELSE as_of END AS at_max
WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
  AND s.first_seen_min <= as_of
  AND ($service IS NULL OR s.service = $service)
  AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
           ELSE coalesce(head(owned).scope, 'corporate') END = $scope
  AND ($all OR s.strength IS NULL OR s.strength = 'publishable')
  AND ($all OR $scope = 'attack-infrastructure' OR s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
  AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, p, collect({x: x, s: s, t: t, tie: tie, at_min: at_min, at_max: at_max}) AS facts
// each provider's ownership once: every owner above it, with the way up and where it is based
CALL (p, known_on) {
  MATCH way = (p)-[rs:OWNED_BY*1..6]->(o:Company)
  WHERE all(r IN rs WHERE r.control <> 'no' AND r.known_from <= known_on
            AND (r.known_until IS NULL OR r.known_until > known_on))
    AND size([n IN tail(nodes(way)) WHERE n = o]) = 1
  WITH known_on, o, rs, [n IN tail(nodes(way)) | n.id] AS passed, COLLECT {
         MATCH (o)-[b:BASED_IN]->(k:Country)
         WHERE b.known_from <= known_on AND (b.known_until IS NULL OR b.known_until > known_on)
           AND b.basis IN ['headquarters', 'incorporation']
         RETURN {code: k.code, basis: b.basis, from: b.from,
                 until: CASE WHEN b.until_known <= known_on THEN b.until END}
         ORDER BY k.code, b.basis, b.id
       } AS bases
  ORDER BY size(rs), o.id
  RETURN collect({o: o, passed: passed, bases: bases, sure: all(r IN rs WHERE r.control = 'yes'),
    from: reduce(day = null, r IN rs | CASE WHEN day IS NULL OR r.from > day THEN coalesce(r.from, day) ELSE day END),
    until: reduce(day = null, r IN rs | CASE WHEN r.until_known > known_on THEN day
                    WHEN day IS NULL OR r.until < day THEN coalesce(r.until, day) ELSE day END),
    text: o.name
        + CASE WHEN size(bases) = 0 THEN ' (country unknown' ELSE ' (' + reduce(text = '', b IN bases |
            text + CASE WHEN text = '' THEN '' ELSE ', ' END + b.code + ' ' + b.basis) END
        + '; ' + last(rs).basis
        + CASE last(rs).control WHEN 'unknown' THEN ', control unknown' ELSE '' END
        + CASE WHEN last(rs).from IS NULL THEN ', since unknown date'
               ELSE ', since ' + coalesce(last(rs).from_text, toString(last(rs).from)) END
        + CASE WHEN last(rs).until IS NULL OR last(rs).until_known > known_on THEN ''
               ELSE ', until ' + coalesce(last(rs).until_text, toString(last(rs).until)) END
        + CASE WHEN last(rs).verified THEN ')' ELSE ', unverified)' END}) AS owners
}
UNWIND facts AS f
// owners on the days of the last sighting: certain ones, and ones that only part of an uncertain window allows
WITH as_of, known_on, p, f, [x IN owners WHERE (x.from IS NULL OR x.from <= f.at_max)
                               AND (x.until IS NULL OR x.until > f.at_min)] AS possible
WITH as_of, known_on, p, f, possible,
     [x IN possible WHERE x.sure AND (x.from IS NULL OR x.from <= f.at_min)
        AND (x.until IS NULL OR x.until > f.at_max)] AS certain,
     [x IN f.x.above WHERE (x.from IS NULL OR x.from <= f.at_min)
        AND (x.until IS NULL OR x.until > f.at_max) | x.id] AS group
UNWIND [x IN certain WHERE size(x.passed) > 1
          AND NOT any(y IN certain WHERE y.o.id <> x.o.id AND x.o.id IN y.passed)] AS top
WITH as_of, known_on, p, f, possible, group, top,
     head([x IN certain WHERE size(x.passed) = 1 AND x.o.id = head(top.passed)]) AS first
WITH as_of, known_on, p, f, possible, group, first.o.name AS operator, top.o.name AS parent,
     reduce(codes = [], b IN first.bases | CASE WHEN b.code IN codes OR b.from > f.at_min OR b.until <= f.at_max THEN codes
       ELSE codes + [b.code] END) AS operator_codes,
     reduce(codes = [], b IN top.bases | CASE WHEN b.code IN codes OR b.from > f.at_min OR b.until <= f.at_max THEN codes
       ELSE codes + [b.code] END) AS parent_codes
WHERE size(operator_codes) > 0 AND NOT $country IN operator_codes AND $country IN parent_codes
WITH as_of, known_on, p, f, possible, group, operator, parent,
     reduce(text = head(operator_codes), x IN tail(operator_codes) | text + '; ' + x) AS operator_country,
     reduce(text = head(parent_codes), x IN tail(parent_codes) | text + '; ' + x) AS parent_country
// one row for all intervals of a service
WITH as_of, known_on, p, f.x.c AS c, f.t AS t, operator, operator_country, parent, parent_country, f.s.service AS service, f.s.role AS role, f.tie
       + CASE WHEN NOT any(x IN possible WHERE x.o.id IN group) THEN ''
              ELSE coalesce('; in-group: provider and client under '
                              + head([x IN possible WHERE x.sure AND x.o.id IN group | x.o.name]),
                            '; perhaps in-group: ' + head([x IN possible WHERE x.o.id IN group | x.o.name])
                              + ' over both, control unknown') END AS tie,
     [x IN possible | x.text
        + CASE WHEN (x.from IS NULL OR x.from <= f.at_min) AND (x.until IS NULL OR x.until > f.at_max) THEN ''
               ELSE ' [cannot tell: ownership changed while it may have been seen]' END] AS ownership,
     collect(f.s) AS intervals, max(f.s.confidence) AS confidence,
     min(f.s.first_seen_min) AS first_min, min(f.s.first_seen_max) AS first_max,
     max(f.s.last_seen_min) AS last_min, max(f.s.last_seen_max) AS last_max
WITH as_of, known_on, p, c, t, operator, operator_country, parent, parent_country, service, role, ownership, tie, confidence,
     first_min, first_max, last_min, last_max, intervals,
     CASE WHEN size(intervals) = 1 THEN intervals ELSE COLLECT {
       UNWIND intervals AS s
       RETURN s
       ORDER BY CASE s.basis WHEN 'configured' THEN 0 WHEN 'observed' THEN 1 WHEN 'declared' THEN 2
                  WHEN 'measured-elsewhere' THEN 3 ELSE 4 END, s.last_seen_max DESC, s.id
     } END AS edges,
     COLLECT {
       UNWIND intervals AS s
       UNWIND s.evidence AS evidence_id
       MATCH (e:Evidence {id: evidence_id})
       WITH DISTINCT e
       RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
               locator: e.locator}
       ORDER BY e.source, e.url, e.id
     } AS cited,
     COLLECT {
       MATCH (t)<-[n:CONCERNS]-(st:Statement)
       WHERE (n.claim IS NULL OR n.claim IN [s IN intervals | s.claim])
         AND (st.date <= known_on OR n.retracts AND st.outcome IN ['upheld', 'corrected'])
       RETURN {st: st, claim: n.claim}
       ORDER BY st.date, st.id
     } AS said
WITH p, c, t, operator, operator_country, parent, parent_country, service, role, ownership, tie, confidence, first_min, first_max, last_min, last_max,
     cited, said, head(edges) AS main,
     [s IN edges | CASE WHEN s.known_cause = 'retraction' THEN 'retracted'
          WHEN any(x IN said WHERE x.st.kind = 'dispute' AND x.st.date <= known_on
                     AND (x.st.decided IS NULL OR x.st.decided > known_on)
                     AND (x.claim IS NULL OR x.claim = s.claim)) THEN 'disputed'
          WHEN s.ended <= as_of AND s.ended_known <= known_on THEN 'ended'
          WHEN as_of < s.first_seen_max THEN 'uncertain'
          WHEN s.ended > as_of AND s.ended_known <= known_on AND as_of > s.last_seen_max THEN 'uncertain'
          WHEN as_of <= s.last_seen_min + duration({days: 90}) THEN 'current'
          WHEN as_of <= s.last_seen_max THEN 'uncertain'
          ELSE 'last-known' END] AS statuses
WITH p.id AS provider_id, c.id AS company_id, role, p.name AS provider, operator, operator_country, parent, parent_country, service, c.name AS company, $list AS list,
     CASE WHEN t:Domain THEN t.name END AS domain,
     toString(first_min) + CASE WHEN first_min = first_max THEN '' ELSE '/' + toString(first_max) END AS first_seen,
     toString(last_min) + CASE WHEN last_min = last_max THEN '' ELSE '/' + toString(last_max) END AS last_seen,
     head(statuses) AS status, main.basis AS basis, confidence,
     cited + [x IN said WHERE x.claim IS NOT NULL |
       {id: x.st.id, source: x.st.kind + ' by ' + x.st.by, url: x.st.url, date: toString(x.st.date),
        locator: x.st.text}] AS evidence, tie, ownership
RETURN provider, operator, operator_country, parent, parent_country, service, company, list, domain, first_seen, last_seen, status, basis, confidence, evidence, tie,
       ownership
ORDER BY provider, company, service, domain, role, operator, operator_country, parent, parent_country, provider_id, company_id, tie, ownership
