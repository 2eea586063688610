// question = "Who serves this company, or this domain?"
// about = """
// One row per provider, service, role, subject and owner of the subject. For a company: what is known of the company
// itself, of its domains, of those of its subsidiaries and of its parent; `tie` says which. For a domain: what is known
// of exactly that name, with the company that owned it when it was seen. `parent` is the topmost company that certainly
// controlled the provider when the service was last seen; with two such companies at once, both.
// """
// says_not = """
// Not that there is a contract: a service was seen, or somebody reported it. Not that nobody else serves it: what
// nobody looked at has no row. A parent that is empty is unknown, not independent.
// """
// tags = ["who serves"]
// maturity = "stable"
//
// [parameters.entity]
// type = "string"
// doc = "id of a company, or a domain name"
// required = true
// example = "hikvision"
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
// [parameters.all]
// type = "boolean"
// doc = "also what ended (attack infrastructure always: it ends when it is found), and weak attributions"
// default = false
// example = "true"
//
// [columns]
// provider = "brand or platform as it is named"
// parent = "topmost company that certainly controlled it when it was seen; empty where unknown"
// parent_country = "where that company is based (headquarters, else incorporation); unknown where nobody said"
// service = "what it provides; unspecified where a publication does not say"
// role = "which part of the service; empty where unknown"
// company = "whose it is; empty where the owner of the domain is not known"
// domain = "the domain served; empty where a publication names none"
// first_seen = "first sighting: a day, or the window in which it lies"
// last_seen = "last sighting: a day, or the window in which it lies"
// status = "current, uncertain, last-known, ended, disputed or retracted (by --known-on, since then)"
// basis = "how we know, the strongest where there are several"
// confidence = "0 to 1; empty where we did not compute it"
// evidence = "what it rests on: each with id, source, address, date"
// tie = "how the domain belongs to the company; whether provider and client are one group"
// ownership = "the chain from provider to the top: since when, on what basis, verified or not"
// claims = "ids of the claims, strongest first: `sousveil cite` and `statement add` take them"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// what is served: the company itself, its domains, those of its subsidiaries and of its parent; or the domain
CALL (as_of, known_on) {
  MATCH (c:Company {id: $entity})<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  RETURN c, p, s, c AS t, [] AS owned, null AS via, 'company' AS tie
  UNION ALL
  MATCH (c:Company {id: $entity})<-[o:OWNED_BY]-(t:Domain)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  RETURN c, p, s, t, [o] AS owned, null AS via, 'own' AS tie
  UNION ALL
  MATCH (c:Company {id: $entity})<-[o2:OWNED_BY]-(sub:Company)<-[o1:OWNED_BY]-(t:Domain)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  WHERE o2.control = 'yes' AND sub <> c
  RETURN c, p, s, t, [o1, o2] AS owned,
         sub.name + ' (controlled since ' + coalesce(o2.from_text, toString(o2.from), 'unknown date')
           + CASE WHEN o2.verified THEN ')' ELSE ', unverified)' END AS via,
         'subsidiary' AS tie
  UNION ALL
  MATCH (c:Company {id: $entity})-[o2:OWNED_BY]->(sup:Company)<-[o1:OWNED_BY]-(t:Domain)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  WHERE o2.control = 'yes' AND sup <> c
  RETURN c, p, s, t, [o1, o2] AS owned,
         sup.name + ' (controlled since ' + coalesce(o2.from_text, toString(o2.from), 'unknown date')
           + CASE WHEN o2.verified THEN ')' ELSE ', unverified)' END AS via,
         'parent' AS tie
  UNION ALL
  MATCH (t:Domain {name: $entity})<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  OPTIONAL MATCH (t)-[o:OWNED_BY]->(c:Company)
  WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
    AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on)
  RETURN c, p, s, t, CASE WHEN o IS NULL THEN [] ELSE [o] END AS owned, null AS via,
         CASE WHEN o IS NULL THEN 'nobody' ELSE 'own' END AS tie
}
WITH as_of, known_on, c, p, s, t, owned, via, tie,
     CASE WHEN s.last_seen_min < as_of THEN s.last_seen_min ELSE as_of END AS at_min,
     CASE WHEN s.last_seen_max < as_of THEN s.last_seen_max ELSE as_of END AS at_max
WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
  AND s.first_seen_min <= as_of
  AND ($service IS NULL OR s.service = $service)
  AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
           ELSE coalesce(head(owned).scope, 'corporate') END = $scope
  AND ($all OR s.strength IS NULL OR s.strength = 'publishable')
  AND ($all OR $scope = 'attack-infrastructure' OR s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
  AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= at_min) AND (o.until IS NULL OR o.until > at_max OR o.until_known > known_on))
WITH as_of, known_on, p, collect({c: c, s: s, t: t, via: via, tie: tie, at_min: at_min, at_max: at_max}) AS facts
// each provider's ownership once: every owner above it, with the way up and where it is based
OPTIONAL MATCH way = (p)-[rs:OWNED_BY*1..6]->(o:Company)
WHERE all(r IN rs WHERE r.control <> 'no' AND r.known_from <= known_on
          AND (r.known_until IS NULL OR r.known_until > known_on))
  AND size([n IN tail(nodes(way)) WHERE n = o]) = 1
OPTIONAL MATCH (o)-[b:BASED_IN]->(k:Country)
WHERE b.known_from <= known_on AND (b.known_until IS NULL OR b.known_until > known_on)
  AND b.basis IN ['headquarters', 'incorporation']
WITH as_of, known_on, p, facts, o, rs, [n IN tail(nodes(way)) | n.id] AS passed, b, k
ORDER BY size(rs), o.id, k.code, b.basis, b.id
WITH as_of, known_on, p, facts, o, rs, passed,
     collect(CASE WHEN b IS NOT NULL THEN {code: k.code, basis: b.basis, from: b.from,
       until: CASE WHEN b.until_known <= known_on THEN b.until END} END) AS bases
ORDER BY size(rs), o.id
WITH as_of, known_on, p, facts,
     collect(CASE WHEN o IS NOT NULL
       THEN {o: o, rs: rs, last: last(rs), passed: passed, bases: bases} END) AS owners
UNWIND facts AS f
WITH as_of, known_on, p, f.c AS c, f.s AS s, f.t AS t, f.via AS via, f.tie AS tie, f.at_min AS at_min,
     f.at_max AS at_max, owners
// owners on the days of the last sighting: certain ones, and ones that only part of an uncertain window allows
WITH as_of, known_on, p, c, s, t, via, tie, at_min, at_max,
     [x IN owners WHERE all(r IN x.rs WHERE (r.from IS NULL OR r.from <= at_max)
        AND (r.until IS NULL OR r.until > at_min OR r.until_known > known_on))] AS possible
WITH as_of, known_on, p, c, s, t, via, tie, at_min, at_max, possible,
     [x IN possible WHERE all(r IN x.rs WHERE r.control = 'yes' AND (r.from IS NULL OR r.from <= at_min)
        AND (r.until IS NULL OR r.until > at_max OR r.until_known > known_on))] AS certain
WITH as_of, known_on, p, c, s, t, via, tie, at_min, at_max, possible,
     [x IN certain WHERE NOT any(y IN certain WHERE y.o.id <> x.o.id AND x.o.id IN y.passed)] AS tops
WITH as_of, known_on, p, c, s, t, via, tie, at_min, at_max, possible,
     [x IN tops | {name: x.o.name, code: coalesce(
        head([b IN x.bases WHERE b.basis = 'headquarters' AND (b.from IS NULL OR b.from <= at_min)
              AND (b.until IS NULL OR b.until > at_max) | b.code]),
        head([b IN x.bases WHERE b.basis = 'incorporation' AND (b.from IS NULL OR b.from <= at_min)
              AND (b.until IS NULL OR b.until > at_max) | b.code]), 'unknown')}] AS tops
WITH as_of, known_on, p, c, s, t, via, tie, at_min, at_max, possible,
     reduce(names = [], x IN tops | CASE WHEN x.name IN names THEN names ELSE names + [x.name] END) AS names,
     reduce(codes = [], x IN tops | CASE WHEN x.code IN codes THEN codes ELSE codes + [x.code] END) AS codes
WITH as_of, known_on, p, c, s, t, via, tie, at_min, at_max, possible,
     CASE WHEN size(names) > 0
          THEN reduce(text = head(names), x IN tail(names) | text + '; ' + x) END AS parent,
     CASE WHEN size(codes) > 0
          THEN reduce(text = head(codes), x IN tail(codes) | text + '; ' + x) ELSE 'unknown' END AS parent_country
OPTIONAL MATCH (c)-[gs:OWNED_BY*0..4]->(g:Company)
WHERE all(r IN gs WHERE r.control = 'yes' AND r.known_from <= known_on
          AND (r.known_until IS NULL OR r.known_until > known_on)
          AND (r.from IS NULL OR r.from <= at_min)
          AND (r.until IS NULL OR r.until > at_max OR r.until_known > known_on))
WITH as_of, known_on, p, c, s, t, via, tie, at_min, at_max, possible, parent, parent_country,
     collect(DISTINCT g.id) AS group
UNWIND s.evidence AS evidence_id
OPTIONAL MATCH (e:Evidence {id: evidence_id})
WITH as_of, known_on, p, c, s, t, via, tie, at_min, at_max, possible, parent, parent_country, group, e
ORDER BY e.source, e.url, e.id
WITH as_of, known_on, p, c, s, t, via, tie, at_min, at_max, possible, parent, parent_country, group,
     collect({id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
              locator: e.locator}) AS cited
WITH as_of, known_on, p, c, s, t, via, tie, parent, parent_country,
     cited + COLLECT {
       MATCH (t)<-[n:CONCERNS]-(st:Statement)
       WHERE n.claim = s.claim AND (st.date <= known_on OR n.retracts AND st.outcome IN ['upheld', 'corrected'])
       RETURN {id: st.id, source: st.kind + ' by ' + st.by, url: st.url, date: toString(st.date), locator: st.text}
       ORDER BY st.date, st.id
     } AS cited,
     [x IN possible | x.o.name
        + CASE WHEN size(x.bases) = 0 THEN ' (country unknown' ELSE ' (' + reduce(text = '', b IN x.bases |
            text + CASE WHEN text = '' THEN '' ELSE ', ' END + b.code + ' ' + b.basis) END
        + '; ' + x.last.basis
        + CASE x.last.control WHEN 'unknown' THEN ', control unknown' ELSE '' END
        + CASE WHEN x.last.from IS NULL THEN ', since unknown date'
               ELSE ', since ' + coalesce(x.last.from_text, toString(x.last.from)) END
        + CASE WHEN x.last.until IS NULL OR x.last.until_known > known_on THEN ''
               ELSE ', until ' + coalesce(x.last.until_text, toString(x.last.until)) END
        + CASE WHEN x.last.verified THEN ')' ELSE ', unverified)' END
        + CASE WHEN all(r IN x.rs WHERE (r.from IS NULL OR r.from <= at_min)
                    AND (r.until IS NULL OR r.until > at_max OR r.until_known > known_on)) THEN ''
               ELSE ' [cannot tell: ownership changed while it may have been seen]' END] AS ownership,
     [x IN possible WHERE x.o.id IN group AND all(r IN x.rs WHERE r.control = 'yes') | x.o.name] AS shared,
     [x IN possible WHERE x.o.id IN group AND any(r IN x.rs WHERE r.control <> 'yes') | x.o.name] AS perhaps,
     EXISTS {
       MATCH (t)<-[n:CONCERNS]-(d:Statement {kind: 'dispute'})
       WHERE d.date <= known_on AND (d.decided IS NULL OR d.decided > known_on) AND (n.claim IS NULL OR n.claim = s.claim)
     } AS disputed
WITH p, c, s, t, parent, parent_country, cited, ownership,
     CASE tie WHEN 'company' THEN 'about the company; no domain named'
              WHEN 'own' THEN 'own domain'
              WHEN 'nobody' THEN 'owner of the domain not known for certain when it was seen'
              WHEN 'subsidiary' THEN 'domain of its subsidiary ' ELSE 'domain of its parent ' END
     + coalesce(via, '')
     + CASE WHEN size(shared) > 0 THEN '; in-group: provider and client under ' + head(shared)
            WHEN size(perhaps) > 0 THEN '; perhaps in-group: ' + head(perhaps) + ' over both, control unknown'
            ELSE '' END AS tie,
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
WITH p, c, t, parent, parent_country, tie, ownership, s.service AS service, s.role AS role,
     collect({s: s, status: status, cited: cited}) AS edges,
     min(s.first_seen_min) AS first_min, min(s.first_seen_max) AS first_max,
     max(s.last_seen_min) AS last_min, max(s.last_seen_max) AS last_max, max(s.confidence) AS confidence
WITH p, c, t, parent, parent_country, tie, ownership, service, role, first_min, first_max, last_min, last_max,
     confidence, head(edges) AS main,
     reduce(ids = [], x IN edges | ids + CASE WHEN x.s.claim IN ids THEN [] ELSE [x.s.claim] END) AS claims,
     reduce(all_cited = [], x IN edges | all_cited + [y IN x.cited WHERE NOT y IN all_cited]) AS evidence
RETURN p.name AS provider, parent, parent_country, service, role, c.name AS company,
       CASE WHEN t:Domain THEN t.name END AS domain,
       toString(first_min) + CASE WHEN first_min = first_max THEN '' ELSE '/' + toString(first_max) END AS first_seen,
       toString(last_min) + CASE WHEN last_min = last_max THEN '' ELSE '/' + toString(last_max) END AS last_seen,
       main.status AS status, main.s.basis AS basis, confidence, evidence, tie, ownership, claims
ORDER BY provider, p.id, service, role, company, c.id, domain, tie, parent, ownership
