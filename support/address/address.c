/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/address/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "support/base/base.h"

/* ---- text --------------------------------------------------------------- */

bool address_parse_bare(const char *text, size_t size, struct ip_address *address)
{
	struct ip_address new = { .size = 0 };
	char copy[INET6_ADDRSTRLEN];

	if (size >= sizeof(copy) || memchr(text, '\0', size))
		return false;
	memcpy(copy, text, size);
	copy[size] = '\0';
	if (inet_pton(AF_INET, copy, new.bytes) == 1)
		new.size = 4;
	else if (inet_pton(AF_INET6, copy, new.bytes) == 1)
		new.size = 16;
	else
		return false;
	*address = new;
	return true;
}

bool address_parse_written(const char *text, size_t size, struct ip_address *address)
{
	const char *scope;

	if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	scope = memchr(text, '%', size);
	return address_parse_bare(text, scope ? (size_t)(scope - text) : size, address);
}

bool address_parse(const char *text, struct ip_address *address)
{
	if (!address_parse_written(text, strlen(text), address))
		return false;
	address_unmap(address);
	return true;
}

void address_text(const struct ip_address *address, char text[ADDRESS_TEXT_MAX])
{
	if (!address->size ||
	    !inet_ntop(address->size == 4 ? AF_INET : AF_INET6, address->bytes, text, ADDRESS_TEXT_MAX))
		*text = '\0';
}

void address_unmap(struct ip_address *address)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ip_address inner = { .size = 4 };

	if (address->size != 16 || memcmp(address->bytes, mapped, sizeof(mapped)) != 0)
		return;
	memcpy(inner.bytes, address->bytes + sizeof(mapped), inner.size);
	*address = inner;
}

bool address_equal(const struct ip_address *a, const struct ip_address *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

/* ---- networks ------------------------------------------------------------ */

static bool bit_is_set(const struct ip_address *address, unsigned int bit)
{
	return address->bytes[bit / 8] & (0x80u >> bit % 8);
}

bool address_has_host_bits(const struct ip_address *address, unsigned int bits)
{
	for (unsigned int bit = bits; bit < address->size * 8; bit++)
		if (bit_is_set(address, bit))
			return true;
	return false;
}

void address_cut_host_bits(struct ip_address *address, unsigned int bits)
{
	unsigned int whole = bits / 8;

	if (whole >= address->size)
		return;
	address->bytes[whole] &= (unsigned char)(0xff00u >> bits % 8);
	memset(address->bytes + whole + 1, 0, address->size - whole - 1);
}

bool address_mask_bits(const struct ip_address *mask, unsigned int *bits)
{
	unsigned int ones = 0;

	while (ones < mask->size * 8 && bit_is_set(mask, ones))
		ones++;
	if (address_has_host_bits(mask, ones))
		return false;
	*bits = ones;
	return true;
}

bool address_in_network(const struct ip_address *address, const struct ip_address *network, unsigned int bits)
{
	const unsigned int whole = bits / 8, rest = bits % 8;

	if (address->size != network->size || bits > address->size * 8)
		return false;
	return !memcmp(address->bytes, network->bytes, whole) &&
	       (!rest || (address->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0);
}

/* ---- ends of connections ------------------------------------------------- */

struct ip_address address_of(const struct sockaddr_storage *end)
{
	struct ip_address address = { .size = 0 };

	if (end->ss_family == AF_INET) {
		address.size = 4;
		memcpy(address.bytes, &((const struct sockaddr_in *)end)->sin_addr, address.size);
	} else if (end->ss_family == AF_INET6) {
		address.size = 16;
		memcpy(address.bytes, &((const struct sockaddr_in6 *)end)->sin6_addr, address.size);
	}
	address_unmap(&address);
	return address;
}

unsigned int address_port(const struct sockaddr_storage *end)
{
	if (end->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)end)->sin6_port);
	return end->ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)end)->sin_port) : 0;
}

void address_set_port(struct sockaddr_storage *end, unsigned int port)
{
	if (end->ss_family == AF_INET6)
		((struct sockaddr_in6 *)end)->sin6_port = htons((uint16_t)port);
	else if (end->ss_family == AF_INET)
		((struct sockaddr_in *)end)->sin_port = htons((uint16_t)port);
}

socklen_t address_make_end(const struct ip_address *address, unsigned int port, struct sockaddr_storage *end)
{
	memset(end, 0, sizeof(*end));
	if (!address->size)
		return 0;
	if (address->size == 4) {
		end->ss_family = AF_INET;
		memcpy(&((struct sockaddr_in *)end)->sin_addr, address->bytes, address->size);
	} else {
		end->ss_family = AF_INET6;
		memcpy(&((struct sockaddr_in6 *)end)->sin6_addr, address->bytes, address->size);
	}
	address_set_port(end, port);
	return address->size == 4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

void address_end_text(const struct sockaddr_storage *end, char text[ADDRESS_END_MAX])
{
	const struct ip_address address = address_of(end);
	const unsigned int port = address_port(end);
	char host[ADDRESS_TEXT_MAX], number[8] = "";

	address_text(&address, host);
	if (port)
		snprintf(number, sizeof(number), ":%u", port);
	snprintf(text, ADDRESS_END_MAX, address.size == 16 ? "[%s]%s" : "%s%s", address.size ? host : "-", number);
}
