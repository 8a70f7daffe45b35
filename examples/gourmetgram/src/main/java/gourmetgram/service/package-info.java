/**
 * The prediction service: {@code POST /predict}, its OpenAPI description and Swagger UI. Handlers run on virtual
 * threads. May not import the page.
 */
@NullMarked
package gourmetgram.service;

import org.jspecify.annotations.NullMarked;
