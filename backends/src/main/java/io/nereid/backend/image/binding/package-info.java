/**
 * The C libraries that decode images, where this machine has them: libjpeg-turbo by its TurboJPEG interface, and
 * libwebp. Each is looked for once, by the name that the system's loader knows; calls come from any thread. Imports:
 * the JDK, JSpecify, SLF4J; nothing else of this server.
 */
@NullMarked
package io.nereid.backend.image.binding;

import org.jspecify.annotations.NullMarked;
