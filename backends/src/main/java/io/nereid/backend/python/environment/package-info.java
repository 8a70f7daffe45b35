/**
 * The Python that a model runs in: the server's, a folder or archive that the model names, or one that is made of its
 * requirements. Blocks for as long as unpacking and installing takes; threads that load models only. Imports:
 * {@code io.nereid.inference}, SLF4J and the JDK.
 */
@NullMarked
package io.nereid.backend.python.environment;

import org.jspecify.annotations.NullMarked;
