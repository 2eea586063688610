// question = "In which countries are the providers of a list's companies based (default: the U.S. Entity List)?"
// about = """
// One row per country. A provider counts where a company that certainly operated or controlled it had its headquarters
// or incorporation when the service was last seen, at each step up to the top: it may count under several countries.
// `unknown` holds the providers of which no such country is known. Services on domains of a listed company's
// subsidiaries and parent count too.
// """
// says_not = """
// Not how much each country contributes: providers are counted, not traffic, money or contracts. The rows do not add
// up, because a provider may stand in several. Facts that ended and attributions that are only probable are left out.
// """
// tags = ["who serves"]
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
// [columns]
// country = "ISO code; unknown where no certain controlling owner has a known country"
// providers = "names of the providers"
// companies = "number of listed companies that they serve"
// domains = "number of domains that they serve"
// services = "what they provide"
// last_seen = "last sighting of any of them: a day, or the window in which it lies"
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
// what stands for it: the company itself, its domains, those of its subsidiaries and of its parent
CALL (listed) {
  UNWIND listed AS c
  RETURN c, c AS t, [] AS owned
  UNION ALL
  UNWIND listed AS c
  MATCH (c)<-[o:OWNED_BY]-(t:Domain)
  RETURN c, t, [o] AS owned
  UNION ALL
  UNWIND listed AS c
  MATCH (c)<-[o2:OWNED_BY]-(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN c, t, [o1, o2] AS owned
  UNION ALL
  UNWIND listed AS c
  MATCH (c)-[o2:OWNED_BY]->(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN c, t, [o1, o2] AS owned
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
  AND (s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
  AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, p, collect({c: c, s: s, t: t, at_min: at_min, at_max: at_max}) AS facts
// each provider's controlling owners once, with where they are based
CALL (p, known_on) {
  MATCH (p)-[rs:OWNED_BY*1..6]->(o:Company)-[b:BASED_IN]->(k:Country)
  WHERE all(r IN rs WHERE r.control = 'yes' AND r.known_from <= known_on
            AND (r.known_until IS NULL OR r.known_until > known_on))
    AND b.known_from <= known_on AND (b.known_until IS NULL OR b.known_until > known_on)
    AND b.basis IN ['headquarters', 'incorporation']
  RETURN collect({code: k.code,
    from: reduce(day = b.from, r IN rs | CASE WHEN day IS NULL OR r.from > day THEN coalesce(r.from, day)
                                             ELSE day END),
    until: reduce(day = CASE WHEN b.until_known <= known_on THEN b.until END, r IN rs |
                  CASE WHEN r.until_known > known_on THEN day
                       WHEN day IS NULL OR r.until < day THEN coalesce(r.until, day) ELSE day END)}) AS homes
}
UNWIND facts AS f
WITH p, f.c AS c, f.s AS s, f.t AS t,
     [x IN homes WHERE (x.from IS NULL OR x.from <= f.at_min)
        AND (x.until IS NULL OR x.until > f.at_max) | x.code] AS codes
UNWIND CASE WHEN size(codes) = 0 THEN ['unknown'] ELSE codes END AS country
WITH country, p, c, s, t
ORDER BY p.name, p.id, s.service
WITH country, collect(DISTINCT p.name) AS providers, count(DISTINCT c.id) AS companies,
     count(DISTINCT CASE WHEN t:Domain THEN t.name END) AS domains, collect(DISTINCT s.service) AS found,
     max(s.last_seen_min) AS last_min, max(s.last_seen_max) AS last_max
UNWIND found AS service
WITH country, providers, companies, domains, service, last_min, last_max
ORDER BY service
WITH country, providers, companies, domains, last_min, last_max, collect(service) AS services
RETURN country, providers, companies, domains, services,
       toString(last_min) + CASE WHEN last_min = last_max THEN '' ELSE '/' + toString(last_max) END AS last_seen
ORDER BY CASE country WHEN 'unknown' THEN 1 ELSE 0 END, size(providers) DESC, country
