/**
 * The web page: static files, and the one address to which the page sends a photograph. Handlers run on virtual threads.
 * May not import the prediction service.
 */
@NullMarked
package gourmetgram.web;

import org.jspecify.annotations.NullMarked;
