// What a clean line was compared with.
WITH date($as_of) AS as_of, date($known_on) AS known_on
MATCH (w:Watchlist)<-[l:LISTED_ON]-(c:Company)
WHERE l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on)
  AND l.from <= as_of AND (l.until IS NULL OR l.until > as_of OR l.until_known > known_on)
  AND NOT EXISTS {
    MATCH (c)-[x:LISTED_ON]->(w)
    WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
      AND x.until_known > l.known_from AND x.until_known <= known_on
      AND (x.known_until IS NULL OR x.known_until > known_on)
  }
WITH DISTINCT as_of, known_on, w.id AS list, c
ORDER BY list
WITH as_of, known_on, c, collect(list) AS lists
WITH lists, EXISTS {
       MATCH (c)<-[o:OWNED_BY]-(:Domain)
       WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
         AND (o.from IS NULL OR o.from <= as_of) AND (o.until IS NULL OR o.until > as_of OR o.until_known > known_on)
     } AS known
RETURN lists, count(*) AS companies, sum(CASE WHEN known THEN 1 ELSE 0 END) AS with_domain
ORDER BY lists
