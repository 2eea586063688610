// The floor that the flagship is measured against: who serves a domain of a company on the list, and nothing else.
// No day, no ownership, no country, no evidence, no dispute, no coverage.
MATCH (w:Watchlist {id: $list})<-[:LISTED_ON]-(c:Company)<-[:OWNED_BY]-(d:Domain)<-[s:SERVES]-(p:Provider)
RETURN p.name AS provider, s.service AS service, c.name AS company, w.id AS list, d.name AS domain
ORDER BY provider, service, company, domain, s.id
