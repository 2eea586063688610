UNWIND $keys AS key
MATCH (n:Evidence {id: key})
RETURN key
