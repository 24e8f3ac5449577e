/* Of lwIP 2.1 without IPv6. */
#ifndef LWIP_IP_ADDR_FAKE_H
#define LWIP_IP_ADDR_FAKE_H

#include "lwip/err.h"

typedef struct ip4_addr {
  u32_t addr;
} ip4_addr_t;
typedef ip4_addr_t ip_addr_t;

#endif
