UNWIND $keys AS key
MATCH (n:Domain {name: key})
RETURN key
