// question = "For which listed companies does every known service end at one parent (default: the U.S. Entity List)?"
// about = """
// One row per listed company and such a parent, those with most services first. A parent is the topmost company that
// certainly controlled the provider when the service was last seen; it has to stand over each provider of the company
// that is known. Domains of subsidiaries and of the parent count too. Service inside the company's own group is left out
// and counted. Where one provider of unknown ownership is known, there is no row.
// """
// says_not = """
// Not that the company has one supplier: of most companies one or two services are known, and `services` says how many.
// Attributions that are only probable are left out, and what ended (but attack infrastructure, which ends when it is
// found); labels that nobody could resolve count for nothing.
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
// [parameters.scope]
// type = "string"
// doc = "what the domain is for: corporate, product or attack-infrastructure, never mixed"
// default = "corporate"
// example = "attack-infrastructure"
//
// [columns]
// company = "the listed company"
// parent = "the topmost company at which every known service ends"
// parent_country = "where it was based then (headquarters, else incorporation); unknown where nobody said"
// services = "the services that are known"
// providers = "names of the providers"
// domains = "number of domains with a known service"
// in_group = "number of known services inside its own group, left out of the other columns"
// last_seen = "last sighting of any of them: a day, or the window in which it lies"
// statuses = "which statuses the facts have: current, uncertain, last-known, ended, disputed, retracted"
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
  RETURN x, x.c AS t, [] AS owned
  UNION ALL
  UNWIND listed AS x
  WITH x, x.c AS c
  MATCH (c)<-[o:OWNED_BY]-(t:Domain)
  RETURN x, t, [o] AS owned
  UNION ALL
  UNWIND listed AS x
  WITH x, x.c AS c
  MATCH (c)<-[o2:OWNED_BY]-(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN x, t, [o1, o2] AS owned
  UNION ALL
  UNWIND listed AS x
  WITH x, x.c AS c
  MATCH (c)-[o2:OWNED_BY]->(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN x, t, [o1, o2] AS owned
}
MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
WITH as_of, known_on, x, p, s, t, owned,
     CASE WHEN s.last_seen_min < as_of THEN s.last_seen_min ELSE as_of END AS at_min,
     CASE WHEN s.last_seen_max < as_of THEN s.last_seen_max ELSE as_of END AS at_max
WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
  AND s.first_seen_min <= as_of
  AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
           ELSE coalesce(head(owned).scope, 'corporate') END = $scope
  AND (s.strength IS NULL OR s.strength = 'publishable')
  AND ($scope = 'attack-infrastructure' OR s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
  AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, p, collect({x: x, s: s, t: t, at_min: at_min, at_max: at_max}) AS facts
// each provider's controlling owners once, with the way up and where they are based
CALL (p, known_on) {
  MATCH way = (p)-[rs:OWNED_BY*1..6]->(o:Company)
  WHERE all(r IN rs WHERE r.control = 'yes' AND r.known_from <= known_on
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
  RETURN collect({o: o, passed: passed, bases: bases,
    from: reduce(day = null, r IN rs | CASE WHEN day IS NULL OR r.from > day THEN coalesce(r.from, day) ELSE day END),
    until: reduce(day = null, r IN rs | CASE WHEN r.until_known > known_on THEN day
                    WHEN day IS NULL OR r.until < day THEN coalesce(r.until, day) ELSE day END)}) AS owners
}
UNWIND facts AS f
// owners on the days of the last sighting; a parent is one that no other owner stands above
WITH as_of, known_on, p, f, [x IN owners WHERE (x.from IS NULL OR x.from <= f.at_max)
                               AND (x.until IS NULL OR x.until > f.at_min)] AS possible
WITH as_of, known_on, p, f, possible,
     [x IN possible WHERE (x.from IS NULL OR x.from <= f.at_min) AND (x.until IS NULL OR x.until > f.at_max)] AS certain,
     [x IN f.x.above WHERE (x.from IS NULL OR x.from <= f.at_min)
        AND (x.until IS NULL OR x.until > f.at_max) | x.id] AS group
WITH as_of, known_on, p, f.x.c AS c, f.s AS s, f.t AS t, any(x IN possible WHERE x.o.id IN group) AS in_group,
     [x IN certain WHERE NOT any(y IN certain WHERE y.o.id <> x.o.id AND x.o.id IN y.passed) |
       {id: x.o.id, name: x.o.name, code: coalesce(
          head([b IN x.bases WHERE b.basis = 'headquarters' AND (b.from IS NULL OR b.from <= f.at_min)
                AND (b.until IS NULL OR b.until > f.at_max) | b.code]),
          head([b IN x.bases WHERE b.basis = 'incorporation' AND (b.from IS NULL OR b.from <= f.at_min)
                AND (b.until IS NULL OR b.until > f.at_max) | b.code]), 'unknown')}] AS parents
WITH p, c, s, t, in_group, parents,
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
WITH c, count(DISTINCT CASE WHEN in_group THEN s.service END) AS in_group,
     collect(CASE WHEN NOT in_group THEN {p: p, s: s, t: t, parents: parents, status: status} END) AS facts,
     collect(DISTINCT CASE WHEN NOT in_group THEN [x IN parents | x.id] END) AS everybody
UNWIND facts AS f
UNWIND f.parents AS parent
WITH c, in_group, f.p AS p, f.s AS s, CASE WHEN f.t:Domain THEN f.t.name END AS domain, f.status AS status, parent
WHERE all(ids IN everybody WHERE parent.id IN ids)
ORDER BY s.service, p.name, p.id, parent.code
WITH c, in_group, parent.id AS id, parent.name AS parent, collect(DISTINCT parent.code) AS codes,
     collect(DISTINCT s.service) AS services, collect(DISTINCT p.name) AS providers, count(DISTINCT domain) AS domains,
     max(s.last_seen_min) AS last_min, max(s.last_seen_max) AS last_max, collect(DISTINCT status) AS statuses
RETURN c.name AS company, parent, reduce(text = head(codes), x IN tail(codes) | text + '; ' + x) AS parent_country,
       services, providers, domains, in_group,
       toString(last_min) + CASE WHEN last_min = last_max THEN '' ELSE '/' + toString(last_max) END AS last_seen,
       [x IN ['current', 'uncertain', 'last-known', 'ended', 'disputed', 'retracted'] WHERE x IN statuses] AS statuses
ORDER BY size(services) DESC, company, c.id, parent, id
