// A newer version of another source closes a listing, as in the questions.
WITH date($as_of) AS as_of, date($known_on) AS known_on
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
CALL (c, as_of, known_on) {
  MATCH (c)<-[rs:OWNED_BY*0..6]-(o:Company)
  WHERE all(r IN rs WHERE r.control = 'yes' AND r.known_from <= known_on
            AND (r.known_until IS NULL OR r.known_until > known_on) AND (r.from IS NULL OR r.from <= as_of)
            AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on))
  RETURN DISTINCT o
}
MATCH (o)<-[r:OWNED_BY]-(d:Domain)
WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
  AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
RETURN DISTINCT d.name AS name
ORDER BY name
