// Every owner on the day; above one without control nothing is followed.
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL () {
  UNWIND $companies AS id
  MATCH (x:Company {id: id})
  RETURN x, 'Company' AS label, id
  UNION ALL
  UNWIND $providers AS id
  MATCH (x:Provider {id: id})
  RETURN x, 'Provider' AS label, id
  UNION ALL
  UNWIND $domains AS id
  MATCH (x:Domain {name: id})
  RETURN x, 'Domain' AS label, id
}
CALL (x, as_of, known_on) {
  MATCH way = (x)-[rs:OWNED_BY*1..6]->(o:Company)
  WHERE all(r IN rs WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
            AND (r.from IS NULL OR r.from <= as_of)
            AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
            AND (r.control <> 'no' OR r.id = last(rs).id))
    AND size([n IN tail(nodes(way)) WHERE n = o]) = 1 AND o <> x
  RETURN o, rs
  ORDER BY size(rs), o.id, last(rs).id
  LIMIT $most
}
RETURN label, id, o.id AS owner, o.name AS name, [r IN rs | r.control] AS controls, [r IN rs | r.share] AS shares,
       last(rs).basis AS basis
ORDER BY label, id, size(rs), owner, last(rs).id
