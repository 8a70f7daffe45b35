/**
 * From the bytes of a file to its pixels. Formats are told by the first bytes; a head is read before anything is
 * allocated. JPEG and WebP are decoded by the machine's libraries or, JPEG, by the JDK; PNG and BMP here, row by row.
 * Runs on the threads of whoever calls; nothing here has state. Imports: {@code io.nereid.inference}, the bindings, of
 * the JDK's desktop module ImageIO and rasters only.
 */
@NullMarked
package io.nereid.backend.image.decode;

import org.jspecify.annotations.NullMarked;
