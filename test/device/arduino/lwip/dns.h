/* Of lwIP 2.1. */
#ifndef LWIP_DNS_FAKE_H
#define LWIP_DNS_FAKE_H

#include "lwip/ip_addr.h"

extern "C" {
typedef void (*dns_found_callback)(const char *name, const ip_addr_t *ipaddr, void *callback_arg);
err_t dns_gethostbyname(const char *hostname, ip_addr_t *addr, dns_found_callback found,
                        void *callback_arg);
}

#endif
