@NullMarked
package io.nereid.backend.image;

import org.jspecify.annotations.NullMarked;
