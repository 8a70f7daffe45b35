@NullMarked
package io.nereid.backend.image.decode;

import org.jspecify.annotations.NullMarked;
