UNWIND $keys AS key
MATCH (n:Watchlist {id: key})
RETURN key
