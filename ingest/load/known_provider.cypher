UNWIND $keys AS key
MATCH (n:Provider {id: key})
RETURN key
