// When these claims on a domain were taken back.
UNWIND $rows AS row
MATCH (t:Domain {name: row.key})<-[n:CONCERNS]-(s:Statement)
WHERE n.retracts AND n.claim IN row.claims AND s.outcome IN ['upheld', 'corrected']
RETURN DISTINCT n.claim AS claim, s.decided AS day
ORDER BY claim, day
