// question = "How concentrated is each service over a list, by parent (default: the U.S. Entity List)?"
// about = """
// One row per service. Each listed company has one vote for each parent from which it is known to get the service. The
// share of a parent is its votes by all votes; the Herfindahl index is the sum of the squared shares: 1 where all votes
// are for one parent, 1/n where n parents have equally many. A parent is the topmost company that certainly controlled
// the provider when the service was last seen; with two at once, a vote for each. Service inside one corporate group
// has no vote. companies + owner_unknown + in_group + unknown are all companies on the list.
// """
// says_not = """
// Not how concentrated the market is, nor what the unknown companies use: the index is over those with a vote, and with
// few of them it says little. Attributions that are only probable have no vote, nor has what ended (but attack
// infrastructure, which ends when it is found). Disputed facts have one.
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
// service = "the service; unspecified where a publication does not say"
// herfindahl = "sum of the squared shares, 0 to 1, to four digits; empty where nobody has a vote"
// top_share = "share of the parent with most votes, 0 to 1, to four digits; empty likewise"
// top = "names of the parents with that share"
// parents = "number of parents with a vote for them"
// votes = "number of pairs of company and parent: the denominator of the shares"
// companies = "number of listed companies with a vote"
// owner_unknown = "number of companies with known providers, of none of which a parent is certain"
// in_group = "number of companies that are known to get it only inside their own group"
// unknown = "number of companies of which nothing is known for this service"
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
WITH as_of, known_on, [x IN listed | {c: x.c, above: x.above, total: size(listed)}] AS listed
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
// each provider's controlling owners once, with the way up
CALL (p, known_on) {
  MATCH way = (p)-[rs:OWNED_BY*1..6]->(o:Company)
  WHERE all(r IN rs WHERE r.control = 'yes' AND r.known_from <= known_on
            AND (r.known_until IS NULL OR r.known_until > known_on))
    AND size([n IN tail(nodes(way)) WHERE n = o]) = 1
  WITH known_on, o, rs, [n IN tail(nodes(way)) | n.id] AS passed
  ORDER BY size(rs), o.id
  RETURN collect({o: o, passed: passed,
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
WITH as_of, known_on, p, f.x.c AS c, f.x.total AS total, f.s AS s, f.t AS t, any(x IN possible WHERE x.o.id IN group) AS in_group,
     [x IN certain WHERE NOT any(y IN certain WHERE y.o.id <> x.o.id AND x.o.id IN y.passed) |
       {id: x.o.id, name: x.o.name}] AS parents
WITH total, c, s.service AS service, collect({in_group: in_group, parents: parents}) AS facts
WITH total, service, any(x IN facts WHERE NOT x.in_group) AS outside,
     COLLECT {
       UNWIND facts AS x
       UNWIND x.parents AS parent
       WITH x, parent
       WHERE NOT x.in_group
       RETURN DISTINCT {id: parent.id, name: parent.name} AS vote
     } AS votes
WITH total, service, sum(CASE WHEN size(votes) > 0 THEN 1 ELSE 0 END) AS companies,
     sum(CASE WHEN outside AND size(votes) = 0 THEN 1 ELSE 0 END) AS owner_unknown,
     sum(CASE WHEN outside THEN 0 ELSE 1 END) AS in_group, sum(size(votes)) AS votes, collect(votes) AS ballots
CALL (ballots) {
  UNWIND ballots AS ballot
  UNWIND ballot AS vote
  WITH vote.id AS id, vote.name AS name, count(*) AS given
  ORDER BY given DESC, name, id
  RETURN collect({name: name, votes: given}) AS tally
}
WITH total, collect({service: service, companies: companies, owner_unknown: owner_unknown, in_group: in_group,
       votes: votes, tally: tally}) AS found
UNWIND ['web-hosting', 'cdn', 'email', 'certificate', 'nameserver', 'cms', 'registrar', 'unspecified'] AS service
WITH total, service, head([x IN found WHERE x.service = service]) AS row
WITH service, coalesce(row.companies, 0) AS companies, coalesce(row.owner_unknown, 0) AS owner_unknown,
     coalesce(row.in_group, 0) AS in_group, coalesce(row.votes, 0) AS votes, coalesce(row.tally, []) AS tally, total
WITH service, companies, owner_unknown, in_group, votes, tally, total, head(tally) AS most
RETURN service,
       CASE WHEN votes > 0 THEN round(
         reduce(sum = 0.0, x IN tally | sum + x.votes * x.votes) / (votes * votes) * 10000) / 10000 END AS herfindahl,
       CASE WHEN votes > 0 THEN round(1.0 * most.votes / votes * 10000) / 10000 END AS top_share,
       [x IN tally WHERE x.votes = most.votes | x.name] AS top, size(tally) AS parents, votes, companies,
       owner_unknown, in_group, total - companies - owner_unknown - in_group AS unknown
ORDER BY CASE service WHEN 'web-hosting' THEN 0 WHEN 'cdn' THEN 1 WHEN 'email' THEN 2 WHEN 'certificate' THEN 3
           WHEN 'nameserver' THEN 4 WHEN 'cms' THEN 5 WHEN 'registrar' THEN 6 ELSE 7 END
