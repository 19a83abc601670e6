/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/x509.h"

#include <stdio.h>
#include <string.h>

#define SAN_MAX 1024u /* bytes of one name; longer ones match nothing */

void x509_reference_parse(const char *text, struct x509_reference *ref)
{
	size_t size = strlen(text);

	memset(ref, 0, sizeof(*ref));
	ref->is_address = address_parse_written(text, size, &ref->address);
	if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (size && text[size - 1] == '.')
		size--;
	/* A name that does not fit is left out, and then matches nothing. */
	if (size < sizeof(ref->name))
		memcpy(ref->name, text, size);
}

static bool is_address_text(const char *text)
{
	struct ip_address address;

	return address_parse_bare(text, strlen(text), &address);
}

/* Letters, digits, hyphens and underscores in non-empty labels. */
static bool is_host_name(const char *name)
{
	if (!*name || *name == '.')
		return false;
	for (const char *at = name; *at; at++) {
		bool good = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
			    *at == '-' || *at == '_' || *at == '.';

		if (!good || (*at == '.' && (at[1] == '.' || !at[1])))
			return false;
	}
	return true;
}

/* "*.example.org": pattern points behind the star. */
static bool wildcard_matches(const char *pattern, const char *name)
{
	const char *rest = strchr(name, '.');

	/* Two labels at least to the right of the star, so that nobody gets *.org. */
	if (pattern[0] != '.' || !strchr(pattern + 1, '.') || !is_host_name(pattern + 1))
		return false;
	return rest && rest != name && text_equal_nocase(pattern, rest);
}

bool x509_dns_name_matches(const char *pattern, size_t pattern_size, const char *name)
{
	char text[256];

	if (!pattern_size || pattern_size >= sizeof(text) || memchr(pattern, '\0', pattern_size))
		return false;
	memcpy(text, pattern, pattern_size);
	text[pattern_size] = '\0';
	if (text[pattern_size - 1] == '.')
		text[pattern_size - 1] = '\0';
	if (!is_host_name(name) || is_address_text(text) || is_address_text(name))
		return false;
	if (text[0] == '*')
		return wildcard_matches(text + 1, name);
	return is_host_name(text) && text_equal_nocase(text, name);
}

/*
 * One subjectAltName; returns its type, negative at the end.  A NUL in a name is
 * counted, the one that GnuTLS puts behind it is not.  Names too long for room have size 0.
 */
static int get_name(gnutls_x509_crt_t cert, unsigned int i, char *name, size_t *size)
{
	unsigned int type = 0;
	int r;

	*size = SAN_MAX;
	r = gnutls_x509_crt_get_subject_alt_name2(cert, i, name, size, &type, NULL);
	if (r != GNUTLS_E_SHORT_MEMORY_BUFFER)
		return r;
	*size = 0;
	return (int)type;
}

static bool name_covers(int type, const char *name, size_t size, const struct x509_reference *ref)
{
	if (ref->is_address)
		return type == GNUTLS_SAN_IPADDRESS && size == ref->address.size &&
		       !memcmp(name, ref->address.bytes, size);
	return type == GNUTLS_SAN_DNSNAME && x509_dns_name_matches(name, size, ref->name);
}

bool x509_cert_names_server(gnutls_x509_crt_t cert)
{
	char name[SAN_MAX];
	size_t size;
	int type;

	for (unsigned int i = 0; (type = get_name(cert, i, name, &size)) >= 0; i++)
		if (type == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_IPADDRESS)
			return true;
	return false;
}

bool x509_cert_covers(gnutls_x509_crt_t cert, const struct x509_reference *ref)
{
	char name[SAN_MAX];
	size_t size;
	int type;

	for (unsigned int i = 0; (type = get_name(cert, i, name, &size)) >= 0; i++)
		if (name_covers(type, name, size, ref))
			return true;
	return false;
}

/*
 * The name that a well-formed dNSName covers, or with a wildcard one of them, which begins with "x.".  False for any
 * other.
 */
static bool covered_name(const char *pattern, size_t size, char name[256])
{
	if (!size || size >= 256)
		return false;
	memcpy(name, pattern, size);
	name[size] = '\0';
	if (name[size - 1] == '.')
		name[size - 1] = '\0';
	if (name[0] == '*')
		name[0] = 'x';
	return x509_dns_name_matches(pattern, size, name);
}

static bool is_below(const char *name, const char *suffix)
{
	size_t name_size = strlen(name), suffix_size = strlen(suffix);

	return name_size > suffix_size + 1 && name[name_size - suffix_size - 1] == '.' &&
	       text_equal_nocase(name + name_size - suffix_size, suffix);
}

bool x509_cert_covers_below(gnutls_x509_crt_t cert, const char *suffix)
{
	char entry[SAN_MAX], name[256];
	size_t size;
	int type;

	for (unsigned int i = 0; (type = get_name(cert, i, entry, &size)) >= 0; i++)
		if (type == GNUTLS_SAN_DNSNAME && covered_name(entry, size, name) && is_below(name, suffix))
			return true;
	return false;
}

/* False for an entry that identifies nobody. */
static bool read_identity(int type, const char *entry, size_t size, struct x509_reference *out)
{
	memset(out, 0, sizeof(*out));
	if (type == GNUTLS_SAN_DNSNAME) {
		if (!covered_name(entry, size, out->name))
			return false;
		out->name[0] = entry[0]; /* a wildcard stays one */
		return true;
	}
	if (type != GNUTLS_SAN_IPADDRESS || (size != 4 && size != 16))
		return false;
	out->is_address = true;
	out->address.size = (unsigned int)size;
	memcpy(out->address.bytes, entry, size);
	address_text(&out->address, out->name);
	return true;
}

size_t x509_cert_identities(gnutls_x509_crt_t cert, struct x509_reference *out, size_t room)
{
	char entry[SAN_MAX];
	size_t size, count = 0;
	int type;

	for (unsigned int i = 0; count < room && (type = get_name(cert, i, entry, &size)) >= 0; i++)
		if (read_identity(type, entry, size, &out[count]))
			count++;
	return count;
}

bool x509_cert_is_for_hosts(gnutls_x509_crt_t cert)
{
	struct x509_reference one;
	char entry[SAN_MAX];
	unsigned int count = 0;
	size_t size;
	int type;

	for (; (type = get_name(cert, count, entry, &size)) >= 0; count++)
		if (!read_identity(type, entry, size, &one))
			return false;
	return count > 0;
}

/* DNS and IP names in a form for people; empty for other kinds. */
static void show_name(int type, const char *name, size_t size, char *out, size_t room)
{
	struct ip_address address = { .size = (unsigned int)size };
	char text[ADDRESS_TEXT_MAX];

	*out = '\0';
	if (type == GNUTLS_SAN_DNSNAME)
		text_escape(out, room, name, size);
	if (type != GNUTLS_SAN_IPADDRESS || (size != 4 && size != 16))
		return;
	memcpy(address.bytes, name, size);
	address_text(&address, text);
	text_copy(out, room, text);
}

/* Appends with a comma; false, with "..." at the end, when there is no room. */
static bool append_name(char *out, size_t room, const char *name)
{
	size_t used = strlen(out);

	if (used + strlen(name) + 6 > room) {
		snprintf(out + used, room - used, "...");
		return false;
	}
	snprintf(out + used, room - used, "%s%s", used ? "," : "", name);
	return true;
}

static void common_name(gnutls_x509_crt_t cert, char *out, size_t room)
{
	char raw[256], shown[256];
	size_t size = sizeof(raw);

	if (gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0, raw, &size) < 0) {
		snprintf(out, room, "-");
		return;
	}
	text_escape(shown, sizeof(shown), raw, size);
	for (char *at = shown; *at; at++)
		if (*at == ' ')
			*at = '_'; /* log lines are words */
	snprintf(out, room, "CN=%s", shown);
}

bool x509_cert_next_name(gnutls_x509_crt_t cert, unsigned int *at, char *out, size_t room)
{
	char name[SAN_MAX];
	size_t size;
	int type;

	while ((type = get_name(cert, *at, name, &size)) >= 0) {
		++*at;
		show_name(type, name, size, out, room);
		if (*out)
			return true;
	}
	return false;
}

void x509_cert_names(gnutls_x509_crt_t cert, char *out, size_t room)
{
	char name[SAN_MAX], shown[SAN_MAX];
	size_t size;
	int type;

	*out = '\0';
	for (unsigned int i = 0; (type = get_name(cert, i, name, &size)) >= 0; i++) {
		show_name(type, name, size, shown, sizeof(shown));
		if (*shown && !append_name(out, room, shown))
			return;
	}
	if (!*out)
		common_name(cert, out, room);
}

size_t x509_cert_list_names(gnutls_x509_crt_t cert, char *out, size_t room)
{
	char name[SAN_MAX];
	unsigned int at = 0;
	size_t left_out = 0;

	memset(out, 0, room);
	while (x509_cert_next_name(cert, &at, name, sizeof(name)))
		left_out += left_out || !text_list_add(out, room, name);
	if (*out || left_out)
		return left_out;
	common_name(cert, name, sizeof(name));
	return strcmp(name, "-") && !text_list_add(out, room, name);
}

void x509_cert_serial(gnutls_x509_crt_t cert, char *out, size_t room)
{
	unsigned char raw[64];
	size_t size = sizeof(raw), used = 0;

	*out = '\0';
	if (gnutls_x509_crt_get_serial(cert, raw, &size) < 0)
		return;
	for (size_t i = 0; i < size && used + 3 <= room; i++, used += 2)
		snprintf(out + used, room - used, "%02x", raw[i]);
}

void x509_cert_issuer(gnutls_x509_crt_t cert, char *out, size_t room)
{
	gnutls_datum_t dn;

	snprintf(out, room, "unnamed");
	if (gnutls_x509_crt_get_issuer_dn3(cert, &dn, 0) < 0)
		return;
	text_escape(out, room, (const char *)dn.data, dn.size);
	gnutls_free(dn.data);
}
