/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML of unknown origin, read with as little of libxml2 as will do: what the format has no use for ends the reading
 * when it is met, before libxml2 acts on it.
 */
#include <errno.h>
#include <string.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "support/junction/junction_private.h"

struct watch {
	unsigned int elements, depth;
	const char *refusal; /* why the reading was ended, or NULL */
};

static void end_reading(xmlParserCtxtPtr parser, const char *why)
{
	struct watch *watch = parser->_private;

	if (!watch->refusal)
		watch->refusal = why;
	xmlStopParser(parser);
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
		     const xmlChar **namespace_list, int attributes, int defaulted, const xmlChar **attribute_list)
{
	xmlParserCtxtPtr parser = context;
	struct watch *watch = parser->_private;

	if (++watch->elements > JUNCTION_ELEMENTS_MAX)
		end_reading(parser, "it has more elements than a junction needs");
	else if (++watch->depth > JUNCTION_DEPTH_MAX)
		end_reading(parser, "its elements are nested deeper than those of a junction");
	else
		xmlSAX2StartElementNs(context, name, prefix, uri, namespaces, namespace_list, attributes, defaulted,
				      attribute_list);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxtPtr parser = context;
	struct watch *watch = parser->_private;

	if (watch->depth)
		watch->depth--;
	xmlSAX2EndElementNs(context, name, prefix, uri);
}

/* Where entities would be declared and files named. */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	(void)name;
	(void)public_id;
	(void)system_id;
	end_reading(context, "it has a document type declaration, which junctions do without");
}

/* The words of libxml2 end in a newline and may quote the document. */
static int report_malformed(xmlParserCtxtPtr parser, struct error *e)
{
	const xmlError *last = xmlCtxtGetLastError(parser);
	char words[200];

	if (last && last->code == XML_ERR_NO_MEMORY)
		return error_set(e, ENOMEM, "out of memory");
	if (!last || !last->message)
		return error_set(e, EINVAL, "it is not well-formed XML");
	text_escape(words, sizeof(words), last->message, strcspn(last->message, "\n"));
	return error_set(e, EINVAL, "it is not well-formed XML: line %d: %s", last->line, words);
}

static int read_document(xmlParserCtxtPtr parser, const char *xml, size_t size, xmlDocPtr *document, struct error *e)
{
	struct watch watch = { 0 };
	xmlDocPtr read;

	parser->_private = &watch;
	parser->sax->startElementNs = on_start;
	parser->sax->endElementNs = on_end;
	parser->sax->internalSubset = on_doctype;
	/* Naming the encoding overrules what the document says of itself, so no converter runs on it. */
	read = xmlCtxtReadMemory(parser, xml, (int)size, NULL, "UTF-8",
				 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	if (!watch.refusal && read) {
		*document = read;
		return 0;
	}
	xmlFreeDoc(read);
	return watch.refusal ? error_set(e, EINVAL, "%s", watch.refusal) : report_malformed(parser, e);
}

int junction_document(const char *xml, size_t size, xmlDocPtr *document, struct error *e)
{
	xmlParserCtxtPtr parser;
	int r;

	if (size > JUNCTION_XML_MAX)
		return error_set(e, EFBIG, "it has %zu bytes, more than the %u that an attribute can have", size,
				 JUNCTION_XML_MAX);
	if (!size)
		return error_set(e, EINVAL, "it is empty");
	if (memchr(xml, '\0', size))
		return error_set(e, EINVAL, "it has a NUL byte: write it as UTF-8 text, without an end mark");
	parser = xmlNewParserCtxt();
	if (!parser)
		return error_set(e, ENOMEM, "out of memory");
	r = read_document(parser, xml, size, document, e);
	xmlFreeParserCtxt(parser);
	return r;
}
