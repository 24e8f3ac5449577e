/* Of lwIP 2.1. */
#ifndef LWIP_PBUF_FAKE_H
#define LWIP_PBUF_FAKE_H

#include "lwip/err.h"

struct pbuf {
  struct pbuf *next;
  void *payload;
  u16_t tot_len;
  u16_t len;
};

extern "C" {
struct pbuf *pbuf_free_header(struct pbuf *q, u16_t size);
u8_t pbuf_free(struct pbuf *p);
void pbuf_cat(struct pbuf *head, struct pbuf *tail);
u16_t pbuf_copy_partial(const struct pbuf *p, void *dataptr, u16_t len, u16_t offset);
}

#endif
