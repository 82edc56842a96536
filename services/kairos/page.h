/* The page at `/`, in three files so that its policy needs no inline code: see web.c for the CSP.
 */
#ifndef SERVICES_KAIROS_PAGE_H
#define SERVICES_KAIROS_PAGE_H

extern const char page_html[];
extern const char page_css[];
extern const char page_js[];

#endif
