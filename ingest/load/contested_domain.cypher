// Claims on a domain that a statement may take back, as the store has them.
UNWIND $keys AS key
MATCH (:Statement {id: key})-[n:CONCERNS]->(t:Domain)<-[s:SERVES|SAID_TO_SERVE|NAMED_FOR]-(w)
WHERE n.retracts AND s.claim = n.claim
RETURN DISTINCT t.name AS subject, s.source AS source, s.service AS service,
       CASE WHEN w:Provider THEN w.id END AS provider, CASE WHEN w:UnresolvedName THEN w.label END AS label,
       s.host AS host, s.role AS role, s.scope AS scope
ORDER BY subject, source, service, provider, label, host, role, scope
