// question = "Whom does this provider serve, or the providers of this company?"
// about = """
// One row per provider, service, role, subject and owner of the subject. For a company: every provider that it
// controlled, directly or through others, when the service was last seen; where the provider changed hands in an
// uncertain window, `tie` says that nobody can tell. Asked for one list, a listed company also answers for the domains
// of its subsidiaries and of its parent, and `tie` says which; without a list each domain stands under its owner.
// """
// says_not = """
// Not that there is a contract: a service was seen, or somebody reported it. Not that these are all clients: they are
// those that somebody looked at. An empty company means that the owner of the domain is not known.
// """
// tags = ["who serves"]
// maturity = "stable"
//
// [parameters.provider]
// type = "string"
// doc = "id of a provider, or of a company that owns providers"
// required = true
// example = "digicert"
//
// [parameters.service]
// type = "string"
// doc = "only this service"
// example = "certificate"
//
// [parameters.scope]
// type = "string"
// doc = "what the domain is for: corporate, product or attack-infrastructure, never mixed"
// default = "corporate"
// example = "attack-infrastructure"
//
// [parameters.list]
// type = "string"
// doc = "only companies on this watchlist"
// example = "us-entity-list"
//
// [parameters.all]
// type = "boolean"
// doc = "also what ended (attack infrastructure always: it ends when it is found), and weak attributions"
// default = false
// example = "true"
//
// [columns]
// provider = "brand or platform as it is named"
// company = "whom it serves; empty where the owner of the domain is not known"
// domain = "the domain served; empty where a publication names none"
// service = "what it provides; unspecified where a publication does not say"
// role = "which part of the service; empty where unknown"
// lists = "the watchlists on which the company stands on the day"
// first_seen = "first sighting: a day, or the window in which it lies"
// last_seen = "last sighting: a day, or the window in which it lies"
// status = "current, uncertain, last-known, ended, disputed or retracted (by --known-on, since then)"
// basis = "how we know, the strongest where there are several"
// confidence = "0 to 1; empty where we did not compute it"
// evidence = "what it rests on: each with id, source, address, date"
// tie = "how the domain belongs to the company; whether they are one group; whether the provider's owner is certain"
// claims = "ids of the claims, strongest first: `sousveil cite` and `statement add` take them"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// the provider, or every provider below the company, with all ways up to it
CALL (known_on) {
  MATCH (p:Provider {id: $provider})
  RETURN p, [] AS held, null AS house
  UNION ALL
  MATCH (k:Company {id: $provider})<-[held:OWNED_BY*1..6]-(p:Provider)
  WHERE all(r IN held WHERE r.control = 'yes' AND r.known_from <= known_on
            AND (r.known_until IS NULL OR r.known_until > known_on))
  RETURN p, held, k.name AS house
}
WITH as_of, known_on, p, collect(held) AS ways, max(house) AS house
// who is above each of them
OPTIONAL MATCH way = (p)-[rs:OWNED_BY*1..6]->(o:Company)
WHERE all(r IN rs WHERE r.control <> 'no' AND r.known_from <= known_on
          AND (r.known_until IS NULL OR r.known_until > known_on))
  AND size([n IN tail(nodes(way)) WHERE n = o]) = 1
WITH as_of, known_on, p, ways, house, o, rs
ORDER BY size(rs), o.id
WITH as_of, known_on, p, ways, house, collect(CASE WHEN o IS NOT NULL THEN {o: o, rs: rs} END) AS owners
MATCH (p)-[s:SERVES|SAID_TO_SERVE]->(t)
WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
  AND s.first_seen_min <= as_of
  AND ($service IS NULL OR s.service = $service)
  AND ($all OR s.strength IS NULL OR s.strength = 'publishable')
  AND ($all OR $scope = 'attack-infrastructure' OR s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
WITH as_of, known_on, p, ways, house, owners, s, t,
     CASE WHEN s.last_seen_min < as_of THEN s.last_seen_min ELSE as_of END AS at_min,
     CASE WHEN s.last_seen_max < as_of THEN s.last_seen_max ELSE as_of END AS at_max
WHERE any(held IN ways WHERE all(r IN held WHERE (r.from IS NULL OR r.from <= at_max)
          AND (r.until IS NULL OR r.until > at_min OR r.until_known > known_on)))
WITH as_of, known_on, p, owners, s, t, at_min, at_max,
     CASE WHEN any(held IN ways WHERE all(r IN held WHERE (r.from IS NULL OR r.from <= at_min)
                   AND (r.until IS NULL OR r.until > at_max OR r.until_known > known_on))) THEN ''
          ELSE '; cannot tell whether ' + house + ' owned the provider when it was seen' END AS doubt
// whose the subject is
OPTIONAL MATCH (t)-[o:OWNED_BY]->(owner:Company)
WHERE t:Domain AND o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
  AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on)
WITH as_of, known_on, p, owners, s, t, at_min, at_max, doubt, o, CASE WHEN t:Company THEN t ELSE owner END AS holder
WHERE CASE WHEN s.scope <> 'corporate' OR o IS NULL THEN s.scope ELSE coalesce(o.scope, 'corporate') END = $scope
WITH as_of, known_on, holder, collect({p: p, owners: owners, s: s, t: t, at_min: at_min, at_max: at_max,
     doubt: doubt}) AS facts
// each client once: on a list, a company answers for its subsidiaries and its parent too
CALL (holder) {
  RETURN holder AS c, [] AS between, 'own' AS tie
  UNION ALL
  MATCH (holder)-[o2:OWNED_BY]->(c:Company)
  WHERE $list IS NOT NULL AND o2.control = 'yes' AND c <> holder
  RETURN c, [o2] AS between, 'subsidiary' AS tie
  UNION ALL
  MATCH (holder)<-[o2:OWNED_BY]-(c:Company)
  WHERE $list IS NOT NULL AND o2.control = 'yes' AND c <> holder
  RETURN c, [o2] AS between, 'parent' AS tie
}
WITH as_of, known_on, holder, facts, c, between, tie, COLLECT {
       MATCH (c)-[l:LISTED_ON]->(w:Watchlist)
       WHERE l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on)
         AND l.from <= as_of AND (l.until IS NULL OR l.until > as_of OR l.until_known > known_on)
         AND NOT EXISTS {
           MATCH (c)-[x:LISTED_ON]->(w)
           WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
             AND x.until_known > l.known_from AND x.until_known <= known_on
             AND (x.known_until IS NULL OR x.known_until > known_on)
         }
       RETURN DISTINCT w.id AS id
       ORDER BY id
     } AS lists
WHERE $list IS NULL OR $list IN lists
// the house of the client, to see whether the provider is in it
OPTIONAL MATCH (c)-[gs:OWNED_BY*0..4]->(g:Company)
WHERE all(r IN gs WHERE r.control = 'yes' AND r.known_from <= known_on
          AND (r.known_until IS NULL OR r.known_until > known_on))
WITH as_of, known_on, holder, facts, c, between, tie, lists, collect({id: g.id, gs: gs}) AS above
UNWIND facts AS f
WITH as_of, known_on, holder, c, between, tie, lists, above, f.p AS p, f.owners AS owners, f.s AS s, f.t AS t,
     f.at_min AS at_min, f.at_max AS at_max, f.doubt AS doubt
WHERE (tie = 'own' OR t:Domain)
  AND all(o IN between WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, c, lists, p, owners, s, t, at_min, at_max, doubt,
     CASE WHEN size(between) > 0 THEN holder.name + ' (controlled since '
            + coalesce(head(between).from_text, toString(head(between).from), 'unknown date')
            + CASE WHEN head(between).verified THEN ')' ELSE ', unverified)' END END AS via,
     CASE WHEN t:Company THEN 'company' WHEN c IS NULL THEN 'nobody' ELSE tie END AS tie,
     [x IN above WHERE all(r IN x.gs WHERE (r.from IS NULL OR r.from <= at_min)
        AND (r.until IS NULL OR r.until > at_max OR r.until_known > known_on)) | x.id] AS group,
     COLLECT {
       UNWIND s.evidence AS evidence_id
       MATCH (e:Evidence {id: evidence_id})
       RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
               locator: e.locator}
       ORDER BY e.source, e.url, e.id
     } AS cited
WITH as_of, known_on, c, lists, p, s, t, doubt, via, tie,
     cited + COLLECT {
       MATCH (t)<-[n:CONCERNS]-(st:Statement)
       WHERE n.claim = s.claim AND (st.date <= known_on OR n.retracts AND st.outcome IN ['upheld', 'corrected'])
       RETURN {id: st.id, source: st.kind + ' by ' + st.by, url: st.url, date: toString(st.date), locator: st.text}
       ORDER BY st.date, st.id
     } AS cited,
     [x IN owners WHERE x.o.id IN group AND all(r IN x.rs WHERE (r.from IS NULL OR r.from <= at_max)
        AND (r.until IS NULL OR r.until > at_min OR r.until_known > known_on))] AS common,
     EXISTS {
       MATCH (t)<-[n:CONCERNS]-(d:Statement {kind: 'dispute'})
       WHERE d.date <= known_on AND (d.decided IS NULL OR d.decided > known_on) AND (n.claim IS NULL OR n.claim = s.claim)
     } AS disputed
WITH as_of, known_on, c, lists, p, s, t, doubt, via, tie, cited, disputed,
     [x IN common WHERE all(r IN x.rs WHERE r.control = 'yes') | x.o.name] AS shared,
     [x IN common WHERE any(r IN x.rs WHERE r.control <> 'yes') | x.o.name] AS perhaps
WITH c, lists, p, s, t, cited,
     CASE tie WHEN 'company' THEN 'about the company; no domain named'
              WHEN 'own' THEN 'own domain'
              WHEN 'nobody' THEN 'owner of the domain not known for certain when it was seen'
              WHEN 'subsidiary' THEN 'domain of its subsidiary ' ELSE 'domain of its parent ' END
     + coalesce(via, '')
     + CASE WHEN size(shared) > 0 THEN '; in-group: provider and client under ' + head(shared)
            WHEN size(perhaps) > 0 THEN '; perhaps in-group: ' + head(perhaps) + ' over both, control unknown'
            ELSE '' END
     + doubt AS tie,
     CASE WHEN s.known_cause = 'retraction' THEN 'retracted'
          WHEN disputed THEN 'disputed'
          WHEN s.ended <= as_of AND s.ended_known <= known_on THEN 'ended'
          WHEN as_of < s.first_seen_max THEN 'uncertain'
          WHEN s.ended > as_of AND s.ended_known <= known_on AND as_of > s.last_seen_max THEN 'uncertain'
          WHEN as_of <= s.last_seen_min + duration({days: 90}) THEN 'current'
          WHEN as_of <= s.last_seen_max THEN 'uncertain'
          ELSE 'last-known' END AS status,
     CASE s.basis WHEN 'configured' THEN 0 WHEN 'observed' THEN 1 WHEN 'declared' THEN 2
                  WHEN 'measured-elsewhere' THEN 3 ELSE 4 END AS rank
ORDER BY rank, s.last_seen_max DESC, s.id
WITH p, c, lists, t, tie, s.service AS service, s.role AS role,
     collect({s: s, status: status, cited: cited}) AS edges,
     min(s.first_seen_min) AS first_min, min(s.first_seen_max) AS first_max,
     max(s.last_seen_min) AS last_min, max(s.last_seen_max) AS last_max, max(s.confidence) AS confidence
WITH p, c, lists, t, tie, service, role, first_min, first_max, last_min, last_max, confidence, head(edges) AS main,
     reduce(ids = [], x IN edges | ids + CASE WHEN x.s.claim IN ids THEN [] ELSE [x.s.claim] END) AS claims,
     reduce(all_cited = [], x IN edges | all_cited + [y IN x.cited WHERE NOT y IN all_cited]) AS evidence
RETURN p.name AS provider, c.name AS company, CASE WHEN t:Domain THEN t.name END AS domain, service, role, lists,
       toString(first_min) + CASE WHEN first_min = first_max THEN '' ELSE '/' + toString(first_max) END AS first_seen,
       toString(last_min) + CASE WHEN last_min = last_max THEN '' ELSE '/' + toString(last_max) END AS last_seen,
       main.status AS status, main.s.basis AS basis, confidence, evidence, tie, claims
ORDER BY provider, p.id, company, c.id, domain, service, role, tie
