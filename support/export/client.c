/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kind of client a text is, without looking anything up. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "support/export/export.h"

/* Exactly a number: four decimals, or any form of IPv6, also in brackets. */
static bool parse_address(const char *text, size_t size, struct ip_address *address)
{
	struct ip_address inner;

	if (size < 2 || text[0] != '[' || text[size - 1] != ']')
		return address_parse_bare(text, size, address);
	if (!address_parse_bare(text + 1, size - 2, &inner) || inner.size != 16)
		return false;
	*address = inner;
	return true;
}

static int parse_mask(const char *text, const char *mask, struct export_client_form *form, struct error *e)
{
	struct ip_address address;
	unsigned long bits;

	if (strpbrk(mask, ".:")) {
		if (!parse_address(mask, strlen(mask), &address) || address.size != form->address.size ||
		    !address_mask_bits(&address, &form->prefix))
			return error_set(e, EINVAL, "Invalid netmask `%s' for %s: expected ones, then zeros", mask,
					 text);
		return 0;
	}
	bits = strtoul(mask, NULL, 10); /* an overflow is out of range, too */
	if (!*mask || strspn(mask, "0123456789") != strlen(mask) || bits > form->address.size * 8)
		return error_set(e, EINVAL, "Invalid prefix `%s' for %s: expected 0 to %u", mask, text,
				 form->address.size * 8);
	form->prefix = (unsigned int)bits;
	return 0;
}

/* The size of the address alone: which interface a link-local network is on (fe80::%eth0) is not compared. */
static size_t without_scope(const char *text, size_t size)
{
	const char *scope = memchr(text, '%', size);

	return scope && scope + 1 < text + size && memchr(text, ':', (size_t)(scope - text)) ? (size_t)(scope - text) :
											       size;
}

static int parse_subnet(const char *text, const char *slash, struct export_client_form *form, struct error *e)
{
	form->type = EXPORT_SUBNET;
	if (!parse_address(text, without_scope(text, (size_t)(slash - text)), &form->address))
		return error_set(e, EINVAL, "Invalid IP address %s: expected one of IPv4 or IPv6", text);
	return parse_mask(text, slash + 1, form, e);
}

static bool is_bracketed_address(const char *text, size_t size)
{
	struct ip_address address;

	return *text == '[' && parse_address(text, size, &address);
}

int export_client_form(const char *text, struct export_client_form *form, struct error *e)
{
	const char *slash = strchr(text, '/');
	size_t host_size = slash ? (size_t)(slash - text) : strlen(text);

	memset(form, 0, sizeof(*form));
	if (!*text || !strcmp(text, "*"))
		form->type = EXPORT_WORLD;
	else if (!strncmp(text, "gss/", 4))
		form->type = EXPORT_GSS;
	else if (*text == '@')
		form->type = EXPORT_NETGROUP;
	else if (slash && (is_bracketed_address(text, host_size) || strcspn(text, "*?[") > host_size))
		return parse_subnet(text, slash, form, e);
	else if (!is_bracketed_address(text, host_size) && strpbrk(text, "*?["))
		form->type = EXPORT_WILDCARD;
	else {
		form->type = EXPORT_HOST;
		parse_address(text, host_size, &form->address);
	}
	return 0;
}

static bool network_covers(const struct export_client_form *network, const struct export_client *narrow)
{
	if (narrow->form.type == EXPORT_SUBNET)
		return narrow->form.prefix >= network->prefix &&
		       address_in_network(&narrow->form.address, &network->address, network->prefix);
	if (narrow->form.type != EXPORT_HOST || !narrow->address_count)
		return false;
	for (size_t i = 0; i < narrow->address_count; i++)
		if (!address_in_network(&narrow->addresses[i], &network->address, network->prefix))
			return false;
	return true;
}

bool export_client_covers(const struct export_client *wide, const struct export_client *narrow)
{
	if (wide == narrow || (wide->form.type == narrow->form.type && text_equal_nocase(wide->name, narrow->name)))
		return true;
	switch (wide->form.type) {
	case EXPORT_WORLD:
		return true;
	case EXPORT_SUBNET:
		return network_covers(&wide->form, narrow);
	case EXPORT_WILDCARD:
		return narrow->form.type == EXPORT_HOST &&
		       !fnmatch(wide->name, narrow->name, FNM_CASEFOLD | FNM_NOESCAPE);
	default:
		return false;
	}
}
