// question = "Of which providers that serve a list is owner, control or country not known (default: the U.S. Entity List)?"
// about = """
// One row per provider, those that serve most companies first; only services count for which something is missing on the
// days on which they were last seen. `unknown` says what: any owner; an owner that is certain, where the provider may
// have been sold while it may have been seen; control of an owner over what it owns; the country of the topmost certain
// owner; or that somebody read the source of owner or country and it says so (unverified). Such providers count under no
// country, or under one that nobody checked.
// """
// says_not = """
// Not that the provider is independent, or hides anything: only that no source that was loaded says it. A provider that
// has no row may still have an owner above the topmost that is known.
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
// unknown = "what is not known, or not verified"
// services = "which services of its are concerned"
// companies = "number of listed companies that it serves so"
// domains = "number of domains that it serves so"
// last_seen = "last sighting of any of them: a day, or the window in which it lies"
// ownership = "owners that are possible on those days: since when, on what basis, verified or not"
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
WITH as_of, known_on, collect({c: c}) AS listed
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
  AND ($service IS NULL OR s.service = $service)
  AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
           ELSE coalesce(head(owned).scope, 'corporate') END = $scope
  AND ($all OR s.strength IS NULL OR s.strength = 'publishable')
  AND ($all OR $scope = 'attack-infrastructure' OR s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
  AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, p, collect({x: x, s: s, t: t, at_min: at_min, at_max: at_max}) AS facts
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
         RETURN {code: k.code, basis: b.basis, verified: b.verified, from: b.from,
                 until: CASE WHEN b.until_known <= known_on THEN b.until END}
         ORDER BY k.code, b.basis, b.id
       } AS bases
  ORDER BY size(rs), o.id
  RETURN collect({o: o, passed: passed, bases: bases, last: last(rs), sure: all(r IN rs WHERE r.control = 'yes'),
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
WITH p, f, possible,
     [x IN possible WHERE x.sure AND (x.from IS NULL OR x.from <= f.at_min)
        AND (x.until IS NULL OR x.until > f.at_max)] AS certain
WITH p, f, possible, certain,
     [x IN certain WHERE NOT any(y IN certain WHERE y.o.id <> x.o.id AND x.o.id IN y.passed) |
       {name: x.o.name, bases: [b IN x.bases WHERE (b.from IS NULL OR b.from <= f.at_min)
                                  AND (b.until IS NULL OR b.until > f.at_max)]}] AS tops
WITH p, f, [x IN possible | x.text] AS ownership,
     CASE WHEN size(possible) = 0 THEN ['owner unknown'] ELSE [] END
     + [x IN possible WHERE x.sure AND (x.from > f.at_min OR x.until <= f.at_max) |
         'owner uncertain, it changed while it may have been seen: ' + x.o.name]
     + [x IN possible WHERE x.last.control = 'unknown' | 'control unknown: ' + x.o.name]
     + [x IN tops WHERE size(x.bases) = 0 | 'country unknown: ' + x.name]
     + [x IN possible WHERE NOT coalesce(x.last.verified, false) | 'owner unverified: ' + x.o.name]
     + [x IN tops WHERE size(x.bases) > 0 AND NOT any(b IN x.bases WHERE coalesce(b.verified, false)) | 'country unverified: ' + x.name]
     AS gaps
WHERE size(gaps) > 0
WITH p, collect({c: f.x.c, s: f.s, t: f.t, gaps: gaps, ownership: ownership}) AS facts
WITH p, facts,
     COLLECT { UNWIND facts AS x UNWIND x.gaps AS gap RETURN DISTINCT gap ORDER BY gap } AS unknown,
     COLLECT { UNWIND facts AS x UNWIND x.ownership AS owner RETURN DISTINCT owner ORDER BY owner } AS ownership
UNWIND facts AS f
WITH p, unknown, ownership, f.c AS c, f.s AS s, CASE WHEN f.t:Domain THEN f.t.name END AS domain
ORDER BY s.service
WITH p, unknown, ownership, collect(DISTINCT s.service) AS services, count(DISTINCT c.id) AS companies,
     count(DISTINCT domain) AS domains, max(s.last_seen_min) AS last_min, max(s.last_seen_max) AS last_max
RETURN p.name AS provider, unknown, services, companies, domains,
       toString(last_min) + CASE WHEN last_min = last_max THEN '' ELSE '/' + toString(last_max) END AS last_seen, ownership
ORDER BY companies DESC, domains DESC, provider, p.id
