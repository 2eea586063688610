// question = "Which brands are run by somebody else than the brand's owner, and whom do these serve on a list?"
// about = """
// One row per brand that another company runs, and operator: AWS in China is no service of Amazon. Operator and parent,
// and where they are based, are those of the day. `companies` are the listed companies that the brand under this operator
// is known to serve, by themselves, by their domains, or by those of their subsidiaries and parent.
// """
// says_not = """
// Not who decides: the owner of a brand may have a say, by contract or technically, that no source shows. What is only
// known of the brand is not said of its operator, though it may be meant.
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
// [parameters.scope]
// type = "string"
// doc = "what the domain is for: corporate, product or attack-infrastructure, never mixed"
// default = "corporate"
// example = "attack-infrastructure"
//
// [columns]
// provider = "the brand as it is named where another company runs it"
// operator = "the company that runs it; empty where unknown"
// operator_country = "where that is based (headquarters, else incorporation); unknown where nobody said"
// brand = "the brand whose name it carries"
// parent = "topmost company that certainly controls that brand; empty where unknown"
// parent_country = "where that is based, likewise"
// companies = "names of the listed companies that it is known to serve"
// verified = "somebody read the source about the operator, and it says so"
// evidence = "what brand and operator rest on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL (as_of, known_on) {
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
  WITH as_of, known_on, collect(DISTINCT {c: c}) AS listed
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
  WITH p, x.c AS c, known_on
  WHERE EXISTS {
    MATCH (p)-[b:BRAND_OF]->(:Provider)
    WHERE b.known_from <= known_on AND (b.known_until IS NULL OR b.known_until > known_on)
  }
  WITH DISTINCT p, c
  ORDER BY c.name, c.id
  RETURN collect({id: p.id, name: c.name}) AS served
}
MATCH (p:Provider)-[b:BRAND_OF]->(q:Provider)
WHERE b.known_from <= known_on AND (b.known_until IS NULL OR b.known_until > known_on)
OPTIONAL MATCH (p)-[r:OWNED_BY]->(o:Company)
WHERE r.control = 'yes' AND r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
  AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
OPTIONAL MATCH way = (q)-[rs:OWNED_BY*1..6]->(g:Company)
WHERE all(y IN rs WHERE y.control = 'yes' AND y.known_from <= known_on
          AND (y.known_until IS NULL OR y.known_until > known_on)
          AND (y.from IS NULL OR y.from <= as_of) AND (y.until IS NULL OR y.until > as_of OR y.until_known > known_on))
  AND size([n IN tail(nodes(way)) WHERE n = g]) = 1
WITH as_of, known_on, served, p, b, q, r, o, g, size(rs) AS steps, [n IN tail(nodes(way)) | n.id] AS passed
ORDER BY steps, g.id
WITH as_of, known_on, served, p, b, q, r, o, collect(CASE WHEN g IS NOT NULL THEN {o: g, passed: passed} END) AS owners
WITH as_of, known_on, served, p, b, q, r, o,
     [x IN owners WHERE NOT any(y IN owners WHERE y.o.id <> x.o.id AND x.o.id IN y.passed) | x.o] AS tops
UNWIND CASE WHEN size(tops) = 0 THEN [null] ELSE tops END AS g
WITH as_of, known_on, served, p, b, q, r, o, g,
     COLLECT {
       MATCH (o)-[h:BASED_IN]->(k:Country)
       WHERE h.known_from <= known_on AND (h.known_until IS NULL OR h.known_until > known_on)
         AND h.basis IN ['headquarters', 'incorporation'] AND (h.from IS NULL OR h.from <= as_of)
         AND (h.until IS NULL OR h.until > as_of OR h.until_known > known_on)
       RETURN k.code
       ORDER BY h.basis, k.code
     } AS operator_codes,
     COLLECT {
       MATCH (g)-[h:BASED_IN]->(k:Country)
       WHERE h.known_from <= known_on AND (h.known_until IS NULL OR h.known_until > known_on)
         AND h.basis IN ['headquarters', 'incorporation'] AND (h.from IS NULL OR h.from <= as_of)
         AND (h.until IS NULL OR h.until > as_of OR h.until_known > known_on)
       RETURN k.code
       ORDER BY h.basis, k.code
     } AS parent_codes,
     COLLECT {
       UNWIND b.evidence + coalesce(r.evidence, []) AS evidence_id
       MATCH (e:Evidence {id: evidence_id})
       WITH DISTINCT e
       RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
               locator: e.locator}
       ORDER BY e.source, e.url, e.id
     } AS evidence
RETURN p.name AS provider, o.name AS operator, coalesce(head(operator_codes), 'unknown') AS operator_country,
       q.name AS brand, g.name AS parent, coalesce(head(parent_codes), 'unknown') AS parent_country,
       [x IN served WHERE x.id = p.id | x.name] AS companies, r.verified AS verified, evidence
ORDER BY brand, provider, p.id, operator, o.id, parent, g.id
