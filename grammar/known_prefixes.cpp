#include "grammar/known_prefixes.h"

#include <algorithm>
#include <iterator>

namespace dossier::grammar {
namespace {

// clang-format off
constexpr KnownPrefix kKnownPrefixes[] = {
    // the standards
    {"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
    {"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
    {"xsd", "http://www.w3.org/2001/XMLSchema#"},
    {"owl", "http://www.w3.org/2002/07/owl#"},
    {"skos", "http://www.w3.org/2004/02/skos/core#"},
    {"skosxl", "http://www.w3.org/2008/05/skos-xl#"},
    {"sh", "http://www.w3.org/ns/shacl#"},
    {"prov", "http://www.w3.org/ns/prov#"},
    {"void", "http://rdfs.org/ns/void#"},
    {"dcat", "http://www.w3.org/ns/dcat#"},
    {"qb", "http://purl.org/linked-data/cube#"},
    {"org", "http://www.w3.org/ns/org#"},
    {"time", "http://www.w3.org/2006/time#"},
    {"vcard", "http://www.w3.org/2006/vcard/ns#"},
    {"oa", "http://www.w3.org/ns/oa#"},
    {"ldp", "http://www.w3.org/ns/ldp#"},
    {"sosa", "http://www.w3.org/ns/sosa/"},
    {"ssn", "http://www.w3.org/ns/ssn/"},
    {"ontolex", "http://www.w3.org/ns/lemon/ontolex#"},
    {"as", "https://www.w3.org/ns/activitystreams#"},
    {"fn", "http://www.w3.org/2005/xpath-functions#"},
    {"cdt", "http://w3id.org/awslabs/neptune/SPARQL-CDTs/"},
    // vocabularies in wide use
    {"foaf", "http://xmlns.com/foaf/0.1/"},
    {"dc", "http://purl.org/dc/elements/1.1/"},
    {"dct", "http://purl.org/dc/terms/"},
    {"dcterms", "http://purl.org/dc/terms/"},
    {"schema", "http://schema.org/"},
    {"cc", "http://creativecommons.org/ns#"},
    {"sioc", "http://rdfs.org/sioc/ns#"},
    {"doap", "http://usefulinc.com/ns/doap#"},
    {"bibo", "http://purl.org/ontology/bibo/"},
    {"gr", "http://purl.org/goodrelations/v1#"},
    {"vann", "http://purl.org/vocab/vann/"},
    {"gn", "http://www.geonames.org/ontology#"},
    {"up", "http://purl.uniprot.org/core/"},
    // places
    {"geo", "http://www.opengis.net/ont/geosparql#"},
    {"geof", "http://www.opengis.net/def/function/geosparql/"},
    {"sf", "http://www.opengis.net/ont/sf#"},
    {"wgs84", "http://www.w3.org/2003/01/geo/wgs84_pos#"},
    // Wikidata
    {"wd", "http://www.wikidata.org/entity/"},
    {"wds", "http://www.wikidata.org/entity/statement/"},
    {"wdv", "http://www.wikidata.org/value/"},
    {"wdref", "http://www.wikidata.org/reference/"},
    {"wdata", "http://www.wikidata.org/wiki/Special:EntityData/"},
    {"wdt", "http://www.wikidata.org/prop/direct/"},
    {"wdtn", "http://www.wikidata.org/prop/direct-normalized/"},
    {"wdno", "http://www.wikidata.org/prop/novalue/"},
    {"p", "http://www.wikidata.org/prop/"},
    {"ps", "http://www.wikidata.org/prop/statement/"},
    {"psv", "http://www.wikidata.org/prop/statement/value/"},
    {"psn", "http://www.wikidata.org/prop/statement/value-normalized/"},
    {"pq", "http://www.wikidata.org/prop/qualifier/"},
    {"pqv", "http://www.wikidata.org/prop/qualifier/value/"},
    {"pqn", "http://www.wikidata.org/prop/qualifier/value-normalized/"},
    {"pr", "http://www.wikidata.org/prop/reference/"},
    {"prv", "http://www.wikidata.org/prop/reference/value/"},
    {"prn", "http://www.wikidata.org/prop/reference/value-normalized/"},
    {"wikibase", "http://wikiba.se/ontology#"},
    {"mwapi", "https://www.mediawiki.org/ontology#API/"},
    {"mediawiki", "https://www.mediawiki.org/ontology#"},
    {"bd", "http://www.bigdata.com/rdf#"},
    {"bds", "http://www.bigdata.com/rdf/search#"},
    {"gas", "http://www.bigdata.com/rdf/gas#"},
    {"hint", "http://www.bigdata.com/queryHints#"},
    // DBpedia
    {"dbo", "http://dbpedia.org/ontology/"},
    {"dbr", "http://dbpedia.org/resource/"},
    {"dbp", "http://dbpedia.org/property/"},
    {"dbc", "http://dbpedia.org/resource/Category:"},
    {"dbpedia", "http://dbpedia.org/resource/"},
    {"yago", "http://dbpedia.org/class/yago/"},
    {"bif", "http://www.openlinksw.com/schemas/bif#"},
};
// clang-format on

}  // namespace

std::span<const KnownPrefix> known_prefixes() {
  return kKnownPrefixes;
}

std::string_view known_prefix(std::string_view label) {
  const auto* const found = std::find_if(std::begin(kKnownPrefixes), std::end(kKnownPrefixes),
                                         [&](const KnownPrefix& known) { return known.label == label; });
  return found == std::end(kKnownPrefixes) ? std::string_view() : found->iri;
}

}  // namespace dossier::grammar
