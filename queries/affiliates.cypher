// question = "Which companies do listed companies own to half or more, directly, through others or together?"
// about = """
// One row per company whose owners on the list, and owners that they in turn own to the share, hold that share of it
// together. Shares of different owners are added; shares along a chain are not multiplied: an owner counts with all
// that it holds as soon as it is owned itself to the share. So counts the U.S. Affiliates Rule (90 FR 47201, supplement
// no. 8 to 15 CFR part 744: directly or indirectly, individually or in aggregate, 50 percent or more), which was in
// force from 2025-09-29, suspended from 2025-11-10 to 2026-11-09, and of which nothing is recorded since.
// """
// says_not = """
// Not that a licence is needed: the rule is about companies outside the US, and about exports. Not that the rest is
// free: most shares are unknown, significant minority holdings are a red flag, and ownership is followed six steps down.
// """
// tags = ["time and law", "ownership"]
// maturity = "stable"
//
// [parameters.list]
// type = "string"
// doc = "the watchlist"
// default = "us-entity-list"
// example = "us-cmic"
//
// [parameters.share]
// type = "integer"
// doc = "from which share on, in per cent"
// default = 50
// example = "25"
//
// [parameters.rule]
// type = "string"
// doc = "whether the Affiliates Rule is in-force or suspended after 2026-11-09, if you know"
// example = "suspended"
//
// [columns]
// company = "the company that is owned"
// company_id = "its id"
// owned = "yes: to the share or more; cannot tell: shares that nobody states may make it so"
// share = "per cent that these owners are known to hold together; empty where no share is known"
// owners = "who they are: how much, why they count, since when, verified or not"
// listed_itself = "does it stand on the list itself"
// countries = "where it is based on that day, and in which sense"
// rule = "the Affiliates Rule on that day: none yet, in force, suspended, unknown; not about this list"
// evidence = "what the ownership rests on: each with id, source, address, date"
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
WITH as_of, known_on, listed, [c IN listed | c.id] AS listed_ids
// whoever is below them on the day, with all its owners
CALL (listed, as_of, known_on) {
  UNWIND listed AS c
  MATCH (c)<-[rs:OWNED_BY*1..6]-(x:Company)
  WHERE all(r IN rs WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
            AND (r.from IS NULL OR r.from <= as_of)
            AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on))
  RETURN collect(DISTINCT x) AS below
}
CALL (below, listed_ids, as_of, known_on) {
  UNWIND below AS x
  MATCH (x)-[r:OWNED_BY]->(o:Company)
  WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
    AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
    AND o <> x
  WITH listed_ids, x, o, r
  ORDER BY x.id, o.id, r.share, r.id
  WITH x, o, o.id IN listed_ids AS on_list, min(r.share) AS least, max(r.share) AS most,
       head(collect(r)) AS first, reduce(ids = [], list IN collect(r.evidence) | ids + list) AS cited
  ORDER BY x.id, least DESC, o.id
  WITH x, collect({id: o.id, name: o.name, on_list: on_list, least: least, most: most, cited: cited,
         text: coalesce(CASE WHEN least = toInteger(least) THEN toString(toInteger(least)) ELSE toString(least) END
                  + CASE WHEN least = most THEN '' ELSE ' to ' + toString(most) END + ' %', 'share unknown')
               + CASE WHEN first.from IS NULL THEN ', since unknown date'
                      ELSE ', since ' + coalesce(first.from_text, toString(first.from)) END
               + CASE WHEN first.verified THEN '' ELSE ', unverified' END}) AS owners
  RETURN collect({x: x, id: x.id, owners: owners}) AS firms
}
// round by round: who is owned to the share for certain, then who may be
WITH as_of, known_on, listed_ids, firms, reduce(held = [], round IN range(1, 6) |
       held + [f IN firms WHERE NOT f.id IN held AND round(1000 * reduce(total = 0.0, o IN f.owners |
         total + CASE WHEN o.on_list OR o.id IN held THEN coalesce(o.least, 0.0) ELSE 0.0 END)) >= 1000 * $share |
         f.id]) AS held
WITH as_of, known_on, listed_ids, firms, held, reduce(maybe = [], round IN range(1, 6) |
       maybe + [f IN firms WHERE NOT f.id IN held AND NOT f.id IN maybe
         AND (any(o IN f.owners WHERE (o.on_list OR o.id IN held OR o.id IN maybe) AND o.most IS NULL)
              OR round(1000 * reduce(total = 0.0, o IN f.owners | total
                   + CASE WHEN o.on_list OR o.id IN held OR o.id IN maybe THEN o.most ELSE 0.0 END)) >= 1000 * $share) |
         f.id]) AS maybe
UNWIND firms AS f
WITH as_of, known_on, f, f.x AS c, f.id IN held AS certain, f.id IN listed_ids AS listed_itself, held,
     [o IN f.owners WHERE o.on_list OR o.id IN held OR o.id IN maybe] AS counted
WHERE certain OR f.id IN maybe
WITH c, certain, listed_itself,
     reduce(total = null, o IN counted | CASE WHEN o.least IS NULL OR NOT (o.on_list OR o.id IN held) THEN total
                                              ELSE coalesce(total, 0.0) + o.least END) AS share,
     [o IN counted | o.name + ' (' + CASE WHEN o.on_list THEN 'on the list' WHEN o.id IN held THEN 'owned itself'
                                          ELSE 'perhaps owned itself' END + '): ' + o.text] AS owners,
     reduce(ids = [], o IN counted | ids + o.cited) AS cited,
     CASE WHEN NOT $list IN ['us-entity-list', 'us-meu'] THEN 'not about this list'
          WHEN as_of < date('2025-09-29') THEN 'none yet'
          WHEN as_of < date('2025-11-10') THEN 'in force'
          WHEN as_of <= date('2026-11-09') THEN 'suspended'
          WHEN $rule = 'in-force' THEN 'in force, as you say'
          WHEN $rule = 'suspended' THEN 'suspended, as you say'
          ELSE 'unknown' END AS rule,
     COLLECT {
       MATCH (c)-[b:BASED_IN]->(k:Country)
       WHERE b.known_from <= known_on AND (b.known_until IS NULL OR b.known_until > known_on)
         AND (b.from IS NULL OR b.from <= as_of) AND (b.until IS NULL OR b.until > as_of OR b.until_known > known_on)
       RETURN DISTINCT k.code + ' ' + b.basis AS country
       ORDER BY country
     } AS countries
RETURN c.name AS company, c.id AS company_id, CASE WHEN certain THEN 'yes' ELSE 'cannot tell' END AS owned, share,
       owners, listed_itself, countries, rule,
       COLLECT {
         UNWIND cited AS evidence_id
         MATCH (e:Evidence {id: evidence_id})
         WITH DISTINCT e
         RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                 locator: e.locator}
         ORDER BY e.source, e.url, e.id
       } AS evidence
ORDER BY owned DESC, company, company_id
