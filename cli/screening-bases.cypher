WITH date($as_of) AS as_of, date($known_on) AS known_on
UNWIND $companies AS id
MATCH (c:Company {id: id})-[b:BASED_IN]->(k:Country)
WHERE b.known_from <= known_on AND (b.known_until IS NULL OR b.known_until > known_on)
  AND (b.from IS NULL OR b.from <= as_of) AND (b.until IS NULL OR b.until > as_of OR b.until_known > known_on)
RETURN DISTINCT id, k.code AS code
ORDER BY id, code
