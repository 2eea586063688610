// A newer version of another source closes a listing, as in the questions.
WITH date($as_of) AS as_of, date($known_on) AS known_on
UNWIND $companies AS id
MATCH (c:Company {id: id})-[l:LISTED_ON]->(w:Watchlist)
WHERE l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on) AND l.from <= as_of
WITH as_of, known_on, id, l, w,
     (l.until IS NULL OR l.until > as_of OR l.until_known > known_on) AND NOT EXISTS {
       MATCH (c)-[x:LISTED_ON]->(w)
       WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
         AND x.until_known > l.known_from AND x.until_known <= known_on
         AND (x.known_until IS NULL OR x.known_until > known_on)
     } AS stands
RETURN id, w.id AS list, stands, coalesce(l.stated_from, 'by ' + toString(l.from)) AS listed_from,
       CASE WHEN l.until_known <= known_on
            THEN coalesce(l.stated_until, toString(l.until)
                 + CASE WHEN l.until = l.until_latest THEN '' ELSE '/' + toString(l.until_latest) END)
       END AS listed_until
ORDER BY id, list, l.from, l.id
