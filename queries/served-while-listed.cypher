// question = "Who served a listed company while it stood on the list (default: the U.S. Entity List)?"
// about = """
// One row per provider, service, role, subject and listing, listings that have ended included. `while_listed` is yes
// if the service was certainly there on a day of the listing, no if that is excluded, else cannot tell; `why` says in
// a sentence what decides. Listings that two sources state, or that follow each other without a gap, are one. The
// service may be on a domain of the listed company, of its parent or of a subsidiary: `tie` says which.
// """
// says_not = """
// Not that anybody broke a law: serving is not by itself unlawful. `cannot tell` is neither a yes nor a no: nobody
// looked on the day that would decide. Attributions that are only probable are left out.
// """
// tags = ["time and law"]
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
// [parameters.verdict]
// type = "string"
// doc = "only rows with this while_listed: yes, no or cannot tell"
// example = "yes"
//
// [columns]
// provider = "brand or platform as it is named"
// parent = "topmost company that certainly controlled it when it was seen; empty where unknown"
// parent_country = "where that company is based (headquarters, else incorporation); unknown where nobody said"
// service = "what it provides; unspecified where a publication does not say"
// role = "which part of the service; empty where unknown"
// company = "the listed company"
// domain = "the domain served; empty where a publication names none"
// list = "the list"
// listed_from = "since when; `by DATE` where the list states no beginning"
// listed_until = "until when; empty while it stands"
// first_seen = "first sighting: a day, or the window in which it lies"
// last_seen = "last sighting: a day, or the window in which it lies"
// while_listed = "was it served while listed: yes, no, or cannot tell"
// why = "what decides"
// status = "current, uncertain, last-known, ended, disputed or retracted (by --known-on, since then)"
// basis = "how we know, the strongest where there are several"
// evidence = "what it rests on: each with id, source, address, date"
// tie = "how the domain belongs to the listed company; whether provider and client are one group"
// claims = "ids of the claims, strongest first: `sousveil cite` and `statement add` take them"
// provider_id = "id of the provider"
// company_id = "id of the company"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// listings that had begun by the day; what a newer version of another source closed ends there
MATCH (w:Watchlist {id: $list})<-[l:LISTED_ON]-(c:Company)
WHERE l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on) AND l.from <= as_of
OPTIONAL MATCH (c)-[x:LISTED_ON]->(w)
WHERE x.named = l.named AND x.source <> l.source AND x.from <= as_of AND x.until > l.from
  AND x.until_known > l.known_from AND x.until_known <= known_on
  AND (x.known_until IS NULL OR x.known_until > known_on)
WITH as_of, known_on, w, c, l, min(x.until) AS closed, min(x.until_latest) AS closed_latest,
     min(x.stated_until) AS closed_text
WITH as_of, known_on, w, c, l.from AS from, l.from_earliest AS from_earliest,
     coalesce(l.stated_from, 'by ' + toString(l.from)) AS from_text,
     CASE WHEN l.until_known <= known_on THEN l.until ELSE closed END AS until,
     CASE WHEN l.until_known <= known_on THEN l.until_latest ELSE closed_latest END AS until_latest,
     CASE WHEN l.until_known <= known_on THEN l.stated_until ELSE closed_text END AS stated_until
ORDER BY c.id, from, from_text, until
WITH as_of, known_on, w, c,
     collect({from: from, from_earliest: from_earliest, from_text: from_text, until: until, until_latest: until_latest,
       until_text: coalesce(stated_until, toString(until)
         + CASE WHEN until = until_latest THEN '' ELSE '/' + toString(until_latest) END)}) AS entries
// entries that overlap or touch are one listing
WITH as_of, known_on, w.id AS list, c, reduce(merged = [], x IN entries |
       CASE WHEN size(merged) = 0 OR last(merged).until < x.from THEN merged + [x]
            ELSE merged[0..size(merged) - 1] + [{
              from: last(merged).from, from_text: last(merged).from_text,
              from_earliest: CASE WHEN x.from_earliest < last(merged).from_earliest THEN x.from_earliest
                                  ELSE coalesce(last(merged).from_earliest, x.from_earliest) END,
              until: CASE WHEN x.until IS NULL OR x.until > last(merged).until THEN x.until
                          ELSE last(merged).until END,
              until_latest: CASE WHEN x.until IS NULL OR x.until > last(merged).until THEN x.until_latest
                                 ELSE last(merged).until_latest END,
              until_text: CASE WHEN x.until IS NULL OR x.until > last(merged).until THEN x.until_text
                               ELSE last(merged).until_text END}] END) AS listings
// what stands for it: the company itself, its domains, those of its subsidiaries and of its parent
WITH as_of, known_on, list, c, listings,
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
WITH as_of, known_on, collect({list: list, c: c, listings: listings, above: above}) AS listed
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
  RETURN x, t, [o1, o2] AS owned,
         g.name + ' (controlled since ' + coalesce(o2.from_text, toString(o2.from), 'unknown date')
           + CASE WHEN o2.verified THEN ')' ELSE ', unverified)' END AS via, 'domain of its subsidiary ' AS tie
  UNION ALL
  UNWIND listed AS x
  WITH x, x.c AS c
  MATCH (c)-[o2:OWNED_BY]->(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN x, t, [o1, o2] AS owned,
         g.name + ' (controlled since ' + coalesce(o2.from_text, toString(o2.from), 'unknown date')
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
  AND (s.strength IS NULL OR s.strength = 'publishable')
  AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, p, collect({x: x, s: s, t: t, tie: tie, at_min: at_min, at_max: at_max}) AS facts
// each provider's ownership once: every owner above it, with the way up and where it is based
CALL (p, known_on) {
  MATCH way = (p)-[rs:OWNED_BY*1..6]->(o:Company)
  WHERE all(r IN rs WHERE r.control <> 'no' AND r.known_from <= known_on
            AND (r.known_until IS NULL OR r.known_until > known_on))
    AND size([n IN tail(nodes(way)) WHERE n = o]) = 1
  WITH known_on, way, o, rs, COLLECT {
         MATCH (o)-[b:BASED_IN]->(k:Country)
         WHERE b.known_from <= known_on AND (b.known_until IS NULL OR b.known_until > known_on)
           AND b.basis IN ['headquarters', 'incorporation']
         RETURN {code: k.code, from: b.from, until: CASE WHEN b.until_known <= known_on THEN b.until END}
         ORDER BY b.basis, k.code, b.id
       } AS bases
  ORDER BY size(rs), o.id
  RETURN collect({o: o, bases: bases, sure: all(r IN rs WHERE r.control = 'yes'),
    passed: [n IN tail(nodes(way)) | n.id],
    from: reduce(day = null, r IN rs | CASE WHEN day IS NULL OR r.from > day THEN coalesce(r.from, day) ELSE day END),
    until: reduce(day = null, r IN rs | CASE WHEN r.until_known > known_on THEN day
                    WHEN day IS NULL OR r.until < day THEN coalesce(r.until, day) ELSE day END)}) AS owners
}
UNWIND facts AS f
// owners on the days of the last sighting: certain ones, and ones that only part of an uncertain window allows
WITH as_of, known_on, p, f,
     [x IN owners WHERE (x.from IS NULL OR x.from <= f.at_max) AND (x.until IS NULL OR x.until > f.at_min)] AS possible
WITH as_of, known_on, p, f, possible,
     [x IN possible WHERE x.sure AND (x.from IS NULL OR x.from <= f.at_min)
        AND (x.until IS NULL OR x.until > f.at_max)] AS certain,
     [x IN f.x.above WHERE (x.from IS NULL OR x.from <= f.at_min)
        AND (x.until IS NULL OR x.until > f.at_max) | x.id] AS group
WITH as_of, known_on, p, f, possible, group,
     [x IN certain WHERE NOT any(y IN certain WHERE y.o.id <> x.o.id AND x.o.id IN y.passed) |
       {name: x.o.name, code: coalesce(head([b IN x.bases WHERE (b.from IS NULL OR b.from <= f.at_min)
          AND (b.until IS NULL OR b.until > f.at_max) | b.code]), 'unknown')}] AS tops
WITH as_of, known_on, p, f, possible, group,
     reduce(names = [], x IN tops | CASE WHEN x.name IN names THEN names ELSE names + [x.name] END) AS names,
     reduce(codes = [], x IN tops | CASE WHEN x.code IN codes THEN codes ELSE codes + [x.code] END) AS codes
// one row for all intervals of a service
WITH as_of, known_on, p, f.x.list AS list, f.x.c AS c, f.t AS t, f.s.service AS service, f.s.role AS role,
     reduce(text = head(names), x IN tail(names) | text + '; ' + x) AS parent,
     coalesce(reduce(text = head(codes), x IN tail(codes) | text + '; ' + x), 'unknown') AS parent_country,
     f.tie
       + CASE WHEN NOT any(x IN possible WHERE x.o.id IN group) THEN ''
              ELSE coalesce('; in-group: provider and client under '
                              + head([x IN possible WHERE x.sure AND x.o.id IN group | x.o.name]),
                            '; perhaps in-group: ' + head([x IN possible WHERE x.o.id IN group | x.o.name])
                              + ' over both, control unknown') END AS tie,
     head(collect(f.x.listings)) AS listings, collect(f.s) AS intervals,
     min(f.s.first_seen_min) AS first_min, min(f.s.first_seen_max) AS first_max,
     max(f.s.last_seen_min) AS last_min, max(f.s.last_seen_max) AS last_max
WITH as_of, known_on, p, list, c, t, service, role, parent, parent_country, tie, listings,
     first_min, first_max, last_min, last_max,
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
UNWIND listings AS listing
WITH p, list, c, t, service, role, parent, parent_country, tie, listing, first_min, first_max, last_min, last_max,
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
          ELSE 'last-known' END] AS statuses,
     [s IN edges | {s: s, ended: CASE WHEN s.ended_known <= known_on THEN s.ended END, outcome:
          CASE WHEN s.last_seen_min >= coalesce(listing.from, listing.until)
               AND (listing.until IS NULL OR s.first_seen_max < listing.until) THEN 'yes'
          WHEN s.ended <= listing.from_earliest AND s.ended_known <= known_on THEN 'no'
          WHEN s.began_after >= listing.until_latest THEN 'no'
          ELSE 'cannot tell' END}] AS verdicts
WITH p, list, c, t, service, role, parent, parent_country, tie, listing, first_min, first_max, last_min, last_max,
     cited, said, main, statuses, verdicts,
     CASE WHEN any(x IN verdicts WHERE x.outcome = 'yes') THEN 'yes'
          WHEN all(x IN verdicts WHERE x.outcome = 'no') THEN 'no' ELSE 'cannot tell' END AS while_listed
WHERE $verdict IS NULL OR while_listed = $verdict
WITH p, list, c, t, service, role, parent, parent_country, tie, listing, first_min, first_max, last_min, last_max,
     cited, said, main, statuses, while_listed, head([x IN verdicts WHERE x.outcome = while_listed]) AS decides,
     reduce(ids = [], x IN verdicts | ids + CASE WHEN x.s.claim IN ids THEN [] ELSE [x.s.claim] END) AS claims
WITH p, list, c, t, service, role, parent, parent_country, tie, listing, first_min, first_max, last_min, last_max,
     cited, said, main, statuses, while_listed, claims, decides.s AS s, decides.ended AS ended
WITH p.id AS provider_id, c.id AS company_id, role, listing.from AS begins, p.name AS provider, parent, parent_country,
     service, c.name AS company, CASE WHEN t:Domain THEN t.name END AS domain, list,
     listing.from_text AS listed_from, listing.until_text AS listed_until,
     toString(first_min) + CASE WHEN first_min = first_max THEN '' ELSE '/' + toString(first_max) END AS first_seen,
     toString(last_min) + CASE WHEN last_min = last_max THEN '' ELSE '/' + toString(last_max) END AS last_seen,
     while_listed,
     CASE WHEN while_listed = 'yes' AND s.first_seen_min = s.last_seen_max
            THEN 'Seen on ' + toString(s.last_seen_max) + ', while it was listed.'
          WHEN while_listed = 'yes' AND s.first_seen_min = s.last_seen_min
            THEN 'Seen between ' + toString(s.first_seen_min) + ' and ' + toString(s.last_seen_max)
                 + '; it was listed all that time.'
          WHEN while_listed = 'yes'
            THEN 'Seen from ' + toString(s.first_seen_max) + ' to ' + toString(s.last_seen_min)
                 + ', at least partly while it was listed.'
          WHEN while_listed = 'no' AND ended <= listing.from_earliest
            THEN 'Gone by ' + toString(ended) + ', before it was listed.'
          WHEN while_listed = 'no'
            THEN 'Not yet there on ' + toString(s.began_after) + ', when the listing had ended.'
          WHEN s.last_seen_max < listing.from
            THEN 'Last seen by ' + toString(s.last_seen_max) + ', before it was certainly listed; '
                 + CASE WHEN ended IS NULL THEN 'nobody is known to have looked since.'
                        ELSE 'gone by ' + toString(ended) + '.' END
          WHEN s.first_seen_min >= listing.until
            THEN 'First seen on or after ' + toString(s.first_seen_min) + ', when the listing may have ended; '
                 + CASE WHEN s.began_after IS NULL THEN 'nobody is known to have looked before.'
                        ELSE 'not there on ' + toString(s.began_after) + '.' END
          ELSE 'Seen some time between ' + toString(s.first_seen_min) + ' and ' + toString(s.last_seen_max)
               + ', of which only a part lies in the listing.' END AS why,
     head(statuses) AS status, main.basis AS basis,
     cited + [x IN said WHERE x.claim IS NOT NULL |
       {id: x.st.id, source: x.st.kind + ' by ' + x.st.by, url: x.st.url, date: toString(x.st.date),
        locator: x.st.text}] AS evidence, tie, claims
RETURN provider, parent, parent_country, service, role, company, domain, list, listed_from, listed_until, first_seen,
       last_seen, while_listed, why, status, basis, evidence, tie, claims, provider_id, company_id
ORDER BY provider, company, service, domain, begins, role, provider_id, company_id, parent, tie
