// Listings that a better account of the versions of their list has replaced.
UNWIND $rows AS row
MATCH (c:Company {id: row.company})-[r:LISTED_ON {id: row.id}]->(:Watchlist)
DELETE r
