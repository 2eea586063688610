// question = "Which reports name a provider without naming whom it serves?"
// about = """
// One row per provider and piece of evidence that supports no claim: a report that speaks of clients without a name, or
// names them so that nobody can tell who is meant. It is kept so that it is neither lost nor turned into service.
// """
// says_not = """
// Not that the provider serves anybody in particular: from these reports nothing follows about any company.
// """
// tags = ["honesty"]
// maturity = "stable"
//
// [parameters.provider]
// type = "string"
// doc = "only this provider, by its id"
// example = "amazon"
//
// [columns]
// provider = "brand or platform as it is named"
// known = "since when we know the report"
// source = "publication or data set"
// title = "its title"
// publisher = "who published it"
// url = "what a reader opens"
// date = "day of publication, as the source gives it"
// quote = "the words"
// locator = "where in the file"
// evidence_id = "id of the evidence"
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL () {
  MATCH (p:Provider)
  WHERE $provider IS NULL
  RETURN p
  UNION ALL
  MATCH (p:Provider {id: $provider})
  RETURN p
}
MATCH (p)<-[a:ABOUT]-(e:Evidence)
WHERE a.claim IS NULL AND a.known_from <= known_on AND (e.date IS NULL OR e.date <= as_of)
RETURN p.name AS provider, toString(a.known_from) AS known, e.source AS source, e.title AS title,
       e.publisher AS publisher, e.url AS url, coalesce(e.date_text, toString(e.date)) AS date, e.quote AS quote,
       e.locator AS locator, e.id AS evidence_id
ORDER BY provider, p.id, date, source, url, locator, evidence_id
