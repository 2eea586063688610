// Who serves a company with its subsidiaries and its parent, or a domain, as in `providers-of`.
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL () {
  UNWIND $companies AS id
  MATCH (t:Company {id: id})
  RETURN 'Company' AS label, id, t, [] AS owned, '' AS tie
  UNION ALL
  UNWIND $companies AS id
  MATCH (:Company {id: id})<-[o:OWNED_BY]-(t:Domain)
  RETURN 'Company' AS label, id, t, [o] AS owned, '' AS tie
  UNION ALL
  UNWIND $companies AS id
  MATCH (c:Company {id: id})<-[o2:OWNED_BY]-(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN 'Company' AS label, id, t, [o1, o2] AS owned, ' of its subsidiary ' + g.name AS tie
  UNION ALL
  UNWIND $companies AS id
  MATCH (c:Company {id: id})-[o2:OWNED_BY]->(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN 'Company' AS label, id, t, [o1, o2] AS owned, ' of its parent ' + g.name AS tie
  UNION ALL
  UNWIND $domains AS id
  MATCH (t:Domain {name: id})
  RETURN 'Domain' AS label, id, t, [] AS owned, '' AS tie
}
MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
WITH as_of, known_on, label, id, t, owned, tie, s, p,
     CASE WHEN s.last_seen_min < as_of THEN s.last_seen_min ELSE as_of END AS at_min,
     CASE WHEN s.last_seen_max < as_of THEN s.last_seen_max ELSE as_of END AS at_max
WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
  AND s.first_seen_min <= as_of
  AND (s.strength IS NULL OR s.strength = 'publishable')
  AND (s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
  AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
           ELSE coalesce(head(owned).scope, 'corporate') END = 'corporate'
  AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, label, id, t, tie, s, p
ORDER BY s.last_seen_max DESC, p.id, s.id
WITH as_of, known_on, label, id, count(DISTINCT s.id) AS services, count(DISTINCT p.id) AS others,
     collect({p: p, s: s, t: t, tie: tie}) AS facts
UNWIND facts[..$shown] AS f
WITH as_of, known_on, label, id, services, others, f.p AS p, f.s AS s, f.t AS t, f.tie AS tie
WITH label, id, services, others, p, s, t, tie, as_of, known_on, EXISTS {
       MATCH (t)<-[n:CONCERNS]-(d:Statement {kind: 'dispute'})
       WHERE d.date <= known_on AND (d.decided IS NULL OR d.decided > known_on) AND (n.claim IS NULL OR n.claim = s.claim)
     } AS disputed
RETURN label, id, services, others, p.name AS other, CASE WHEN t:Domain THEN t.name END AS domain, tie,
       s.service AS service, s.last_seen_min AS last_min, s.last_seen_max AS last_max, s.evidence AS evidence,
       CASE WHEN s.known_cause = 'retraction' THEN 'retracted'
            WHEN disputed THEN 'disputed'
            WHEN s.ended <= as_of AND s.ended_known <= known_on THEN 'ended'
            WHEN as_of < s.first_seen_max THEN 'uncertain'
            WHEN s.ended > as_of AND s.ended_known <= known_on AND as_of > s.last_seen_max THEN 'uncertain'
            WHEN as_of <= s.last_seen_min + duration({days: 90}) THEN 'current'
            WHEN as_of <= s.last_seen_max THEN 'uncertain'
            ELSE 'last-known' END AS status
ORDER BY label, id, last_max DESC, other, domain, service, s.id
