/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The "NFS basic" junction: <junction> has a <fileset> of <location>s, each with a <host name= port=>, a <path> of
 * <component>s and, for clients with a choice, <read rank= order=> (fs_locations_info, RFC 8881 section 11.17).
 * What else a location has is no part of fs_locations, which is what the kernel's export table holds; nfsref writes it
 * always, and here it may be missing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/tree.h>

#include "support/junction/junction_private.h"

#define NFS_PORT 2049
#define HOST_NAME_MAX_BYTES 254u /* of DNS, with the dot at the end */
#define COMPONENT_MAX 255u	 /* NFS4_MAXNAMLEN: Linux clients take no longer one in a location */
#define COMPONENTS_MAX 512u	 /* NFS4_PATHNAME_MAXCOMPONENTS, likewise */

/* A location and what it is sorted by. */
struct ranked {
	struct junction_location location;
	long rank, order;
};

struct reading {
	struct ranked ranked[JUNCTION_LOCATIONS_MAX];
	size_t count;
};

static void free_document(xmlDocPtr *document)
{
	xmlFreeDoc(*document);
}

static void free_xml_text(xmlChar **text)
{
	if (*text)
		xmlFree(*text);
}

#define AUTO_XML_TEXT __attribute__((cleanup(free_xml_text))) xmlChar *

static void free_location(struct junction_location *location)
{
	free(location->host);
	free(location->path);
}

static void free_reading(struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		free_location(&reading->ranked[i].location);
	free(reading);
}

static void free_reading_pointer(struct reading **reading)
{
	if (*reading)
		free_reading(*reading);
}

void junction_free(struct junction *junction)
{
	if (!junction)
		return;
	for (size_t i = 0; i < junction->count; i++)
		free_location(&junction->locations[i]);
	free(junction->locations);
	memset(junction, 0, sizeof(*junction));
}

/* ---- elements ------------------------------------------------------------------ */

static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !node->ns && !strcmp((const char *)node->name, name);
}

/* The first of that name from node on, among its siblings; NULL when there is none. */
static xmlNode *find(xmlNode *node, const char *name)
{
	while (node && !is_element(node, name))
		node = node->next;
	return node;
}

/* A whole decimal number; a missing attribute leaves *value. */
static int read_number(xmlNode *element, const char *name, long min, long max, long *value, struct error *e)
{
	AUTO_XML_TEXT text = xmlGetNoNsProp(element, (const xmlChar *)name);
	size_t digits;
	long number;

	if (!text)
		return 0;
	digits = strspn((const char *)text, "0123456789");
	/* As many digits cannot overflow. */
	number = digits && digits <= 6 && !text[digits] ? strtol((const char *)text, NULL, 10) : -1;
	if (number < min || number > max)
		return error_set(e, EINVAL, "%s= of <%s> is no number from %ld to %ld", name,
				 (const char *)element->name, min, max);
	*value = number;
	return 0;
}

/* ---- host ------------------------------------------------------------------------ */

/* The characters of host names: none that parts hosts, ports or locations in the lists that it will stand in. */
static bool is_host_name(const char *text)
{
	size_t size = strlen(text);

	return size && size <= HOST_NAME_MAX_BYTES && text[0] != '-' && text[0] != '.' &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

/* An IPv6 address with or without brackets; its text without them goes to out. */
static bool is_ipv6(const char *text, char out[static INET6_ADDRSTRLEN])
{
	size_t size = strlen(text);
	struct in6_addr address;

	if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (!size || size >= INET6_ADDRSTRLEN)
		return false;
	memcpy(out, text, size);
	out[size] = '\0';
	return inet_pton(AF_INET6, out, &address) == 1;
}

static bool is_ipv4(const char *text)
{
	struct in_addr address;

	return inet_pton(AF_INET, text, &address) == 1;
}

/*
 * Locations have no place for a port but in a universal address (RFC 5665 section 5.2.3.3, 5.2.3.4): its two bytes
 * in decimal behind the address.  IPv6 is in brackets, as the kernel parts a list of hosts at colons.
 */
static void add_host(struct strbuf *out, const char *address, bool ipv6, long port)
{
	strbuf_addf(out, "%s%s", ipv6 ? "[" : "", address);
	if (port != NFS_PORT)
		strbuf_addf(out, ".%ld.%ld", port >> 8, port & 0xff);
	strbuf_addf(out, "%s", ipv6 ? "]" : "");
}

static int check_host(const char *name, long port, struct strbuf *out, struct error *e)
{
	char address[INET6_ADDRSTRLEN], shown[128];
	bool ipv6 = is_ipv6(name, address);

	text_escape(shown, sizeof(shown), name, strlen(name));
	if (!*name)
		return error_set(e, EINVAL, "name= of <host> is empty");
	if (!ipv6 && !is_host_name(name))
		return error_set(e, EINVAL, "\"%s\" is neither a host name nor an address", shown);
	if (port != NFS_PORT && !ipv6 && !is_ipv4(name))
		return error_set(
			e, EINVAL,
			"host %s has port %ld, which clients can only be told with an address: write the server's address instead of its name",
			shown, port);
	add_host(out, ipv6 ? address : name, ipv6, port);
	return out->failed ? error_set(e, ENOMEM, "out of memory") : 0;
}

static int read_host(xmlNode *location, struct strbuf *out, struct error *e)
{
	xmlNode *host = find(location->children, "host");
	AUTO_XML_TEXT name = host ? xmlGetNoNsProp(host, (const xmlChar *)"name") : NULL;
	long port = NFS_PORT;
	int r;

	if (!host)
		return error_set(e, EINVAL, "it has no <host>");
	if (!name)
		return error_set(e, EINVAL, "its <host> has no name=");
	r = read_number(host, "port", 1, UINT16_MAX, &port, e);
	return r ? r : check_host((const char *)name, port, out, e);
}

/* ---- path ------------------------------------------------------------------------- */

static bool has_elements(const xmlNode *element)
{
	for (const xmlNode *child = element->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE)
			return true;
	return false;
}

static int check_component(const char *text, struct error *e)
{
	if (!*text)
		return error_set(e, EINVAL, "a <component> of its path is empty");
	if (strchr(text, '/'))
		return error_set(e, EINVAL, "a <component> of its path has a slash: write one <component> for each");
	if (!strcmp(text, ".") || !strcmp(text, ".."))
		return error_set(e, EINVAL, "a <component> of its path is \"%s\": write the path without", text);
	if (strlen(text) > COMPONENT_MAX)
		return error_set(e, EINVAL, "a <component> of its path is longer than %u bytes", COMPONENT_MAX);
	return 0;
}

static int add_component(xmlNode *component, struct strbuf *out, struct error *e)
{
	AUTO_XML_TEXT text = NULL;
	int r;

	if (has_elements(component))
		return error_set(e, EINVAL, "a <component> of its path has elements in it");
	text = xmlNodeGetContent(component);
	if (!text)
		return error_set(e, ENOMEM, "out of memory");
	r = check_component((const char *)text, e);
	if (r)
		return r;
	strbuf_addf(out, "/%s", (const char *)text);
	return out->failed ? error_set(e, ENOMEM, "out of memory") : 0;
}

/* No component at all is the root. */
static int read_path(xmlNode *location, struct strbuf *out, struct error *e)
{
	xmlNode *path = find(location->children, "path"), *component;
	unsigned int count = 0;
	int r = 0;

	if (!path)
		return error_set(e, EINVAL, "it has no <path>");
	for (component = find(path->children, "component"); component && !r;
	     component = find(component->next, "component"))
		r = ++count > COMPONENTS_MAX ?
			    error_set(e, EINVAL, "its path has more than %u components", COMPONENTS_MAX) :
			    add_component(component, out, e);
	if (r)
		return r;
	if (!count)
		strbuf_add(out, "/", 1);
	if (out->failed)
		return error_set(e, ENOMEM, "out of memory");
	if (out->size >= PATH_MAX)
		return error_set(e, EINVAL, "its path has more than %d bytes", PATH_MAX - 1);
	return 0;
}

/* ---- locations --------------------------------------------------------------------- */

/* Lower comes first; those that are equal stay as they are written. */
static void insert(struct reading *reading, const struct ranked *ranked)
{
	size_t at = reading->count++;

	for (; at; at--) {
		const struct ranked *before = &reading->ranked[at - 1];

		if (before->rank < ranked->rank || (before->rank == ranked->rank && before->order <= ranked->order))
			break;
		reading->ranked[at] = *before;
	}
	reading->ranked[at] = *ranked;
}

static int take(struct reading *reading, struct ranked *ranked, const struct strbuf *host, const struct strbuf *path,
		struct error *e)
{
	ranked->location.host = strdup(host->text);
	ranked->location.path = strdup(path->text);
	if (!ranked->location.host || !ranked->location.path) {
		free_location(&ranked->location);
		return error_set(e, ENOMEM, "out of memory");
	}
	insert(reading, ranked);
	return 0;
}

static int read_location(xmlNode *location, struct reading *reading, struct error *e)
{
	xmlNode *preference = find(location->children, "read");
	AUTO_STRBUF host = { 0 }, path = { 0 };
	struct ranked ranked = { 0 };
	int r;

	if (reading->count == JUNCTION_LOCATIONS_MAX)
		return error_set(e, EINVAL, "there are more than %u", JUNCTION_LOCATIONS_MAX);
	r = read_host(location, &host, e);
	if (!r)
		r = read_path(location, &path, e);
	if (!r && preference)
		r = read_number(preference, "rank", 0, UINT8_MAX, &ranked.rank, e);
	if (!r && preference)
		r = read_number(preference, "order", 0, UINT8_MAX, &ranked.order, e);
	return r ? r : take(reading, &ranked, &host, &path, e);
}

/* FedFS has an id in place of the locations, and those in an LDAP server. */
static int report_no_location(const xmlNode *root, struct error *e)
{
	xmlNode *fileset = find(root->children, "fileset");

	if (fileset && find(fileset->children, "name"))
		return error_set(e, EINVAL,
				 "it is a FedFS junction, whose locations are elsewhere: make it an NFS basic one");
	return error_set(e, EINVAL, "it has no <location>");
}

static int read_locations(const xmlNode *root, struct reading *reading, struct error *e)
{
	for (xmlNode *set = find(root->children, "fileset"); set; set = find(set->next, "fileset"))
		for (xmlNode *at = find(set->children, "location"); at; at = find(at->next, "location")) {
			int r = read_location(at, reading, e);

			if (r)
				return e ? error_prefix(e, "line %ld, <location>", xmlGetLineNo(at)) : r;
		}
	return reading->count ? 0 : report_no_location(root, e);
}

static int hand_over(struct reading *reading, struct junction *junction, struct error *e)
{
	struct junction_location *locations = calloc(reading->count, sizeof(*locations));

	if (!locations)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < reading->count; i++)
		locations[i] = reading->ranked[i].location;
	*junction = (struct junction){ .locations = locations, .count = reading->count };
	reading->count = 0;
	return 0;
}

int junction_parse(const char *xml, size_t size, struct junction *junction, struct error *e)
{
	__attribute__((cleanup(free_document))) xmlDocPtr document = NULL;
	__attribute__((cleanup(free_reading_pointer))) struct reading *reading = NULL;
	const xmlNode *root;
	int r = junction_document(xml, size, &document, e);

	if (r)
		return r;
	root = xmlDocGetRootElement(document);
	if (!root || !is_element(root, "junction"))
		return error_set(e, EINVAL, "its root element is not <junction>");
	reading = calloc(1, sizeof(*reading));
	if (!reading)
		return error_set(e, ENOMEM, "out of memory");
	r = read_locations(root, reading, e);
	return r ? r : hand_over(reading, junction, e);
}
