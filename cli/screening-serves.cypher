// Whom a provider serves, or the providers below a company: clients on a list on the day, as in `clients-of`.
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL (known_on) {
  UNWIND $providers AS id
  MATCH (p:Provider {id: id})
  RETURN p, [] AS held, 'Provider' AS label, id
  UNION ALL
  UNWIND $companies AS id
  MATCH (k:Company {id: id})<-[held:OWNED_BY*1..6]-(p:Provider)
  WHERE all(r IN held WHERE r.control = 'yes' AND r.known_from <= known_on
            AND (r.known_until IS NULL OR r.known_until > known_on))
  RETURN p, held, 'Company' AS label, id
}
WITH as_of, known_on, label, id, p, collect(held) AS ways
MATCH (p)-[s:SERVES|SAID_TO_SERVE]->(t)
WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
  AND s.first_seen_min <= as_of
  AND (s.strength IS NULL OR s.strength = 'publishable')
  AND (s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
WITH as_of, known_on, label, id, p, ways, s, t,
     CASE WHEN s.last_seen_min < as_of THEN s.last_seen_min ELSE as_of END AS at_min,
     CASE WHEN s.last_seen_max < as_of THEN s.last_seen_max ELSE as_of END AS at_max
WHERE any(held IN ways WHERE all(r IN held WHERE (r.from IS NULL OR r.from <= at_min)
          AND (r.until IS NULL OR r.until > at_max OR r.until_known > known_on)))
OPTIONAL MATCH (t)-[o:OWNED_BY]->(owner:Company)
WHERE t:Domain AND o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
  AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on)
WITH as_of, known_on, label, id, p, s, t, at_min, at_max, CASE WHEN t:Company THEN t ELSE owner END AS holder,
     CASE WHEN s.scope <> 'corporate' OR o IS NULL THEN s.scope ELSE coalesce(o.scope, 'corporate') END AS scope
WHERE scope = 'corporate' AND holder IS NOT NULL
WITH as_of, known_on, holder,
     collect({label: label, id: id, p: p, s: s, t: t, at_min: at_min, at_max: at_max}) AS facts
CALL (holder) {
  RETURN holder AS c, [] AS between, '' AS tie
  UNION ALL
  MATCH (holder)-[o2:OWNED_BY]->(c:Company)
  WHERE o2.control = 'yes' AND c <> holder
  RETURN c, [o2] AS between, ' of its subsidiary ' + holder.name AS tie
  UNION ALL
  MATCH (holder)<-[o2:OWNED_BY]-(c:Company)
  WHERE o2.control = 'yes' AND c <> holder
  RETURN c, [o2] AS between, ' of its parent ' + holder.name AS tie
}
WITH as_of, known_on, facts, c, between, tie
WHERE EXISTS {
  MATCH (c)-[l:LISTED_ON]->(w:Watchlist)
  WHERE l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on)
    AND l.from <= as_of AND (l.until IS NULL OR l.until > as_of OR l.until_known > known_on)
    AND NOT EXISTS {
      MATCH (c)-[x:LISTED_ON]->(w)
      WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
        AND x.until_known > l.known_from AND x.until_known <= known_on
        AND (x.known_until IS NULL OR x.known_until > known_on)
    }
}
UNWIND facts AS f
WITH as_of, known_on, c, between, tie, f.label AS label, f.id AS id, f.p AS p, f.s AS s, f.t AS t,
     f.at_min AS at_min, f.at_max AS at_max
WHERE (tie = '' OR t:Domain)
  AND all(o IN between WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, label, id, p, s, t, c, tie
ORDER BY s.last_seen_max DESC, c.id, s.id
WITH as_of, known_on, label, id, count(DISTINCT s.id) AS services, count(DISTINCT c.id) AS others,
     collect({p: p, s: s, t: t, c: c, tie: tie}) AS facts
UNWIND facts[..$shown] AS f
WITH as_of, known_on, label, id, services, others, f.p AS p, f.s AS s, f.t AS t, f.c AS c, f.tie AS tie
WITH label, id, services, others, p, s, t, c, tie, as_of, known_on, EXISTS {
       MATCH (t)<-[n:CONCERNS]-(d:Statement {kind: 'dispute'})
       WHERE d.date <= known_on AND (d.decided IS NULL OR d.decided > known_on) AND (n.claim IS NULL OR n.claim = s.claim)
     } AS disputed
RETURN label, id, services, others, p.name AS provider, c.id AS company, c.name AS other,
       CASE WHEN t:Domain THEN t.name END AS domain, tie, s.service AS service, s.last_seen_min AS last_min,
       s.last_seen_max AS last_max, s.evidence AS evidence,
       CASE WHEN s.known_cause = 'retraction' THEN 'retracted'
            WHEN disputed THEN 'disputed'
            WHEN s.ended <= as_of AND s.ended_known <= known_on THEN 'ended'
            WHEN as_of < s.first_seen_max THEN 'uncertain'
            WHEN s.ended > as_of AND s.ended_known <= known_on AND as_of > s.last_seen_max THEN 'uncertain'
            WHEN as_of <= s.last_seen_min + duration({days: 90}) THEN 'current'
            WHEN as_of <= s.last_seen_max THEN 'uncertain'
            ELSE 'last-known' END AS status
ORDER BY label, id, last_max DESC, company, domain, service, s.id
