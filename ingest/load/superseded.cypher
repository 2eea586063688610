// What an earlier version of the catalogue said and this one does not: withdrawn on the day of this version.
MATCH (:Company|Provider|Domain)-[r:OWNED_BY|BASED_IN|BRAND_OF|LISTED_ON {source: 'catalogue'}]->()
WHERE r.run <> $run AND r.known_until IS NULL
SET r.known_until = date($dated)
