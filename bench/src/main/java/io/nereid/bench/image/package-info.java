/** The image backend alone, beside Pillow ({@code bench/src/main/python/pillow_image.py}). */
@NullMarked
package io.nereid.bench.image;

import org.jspecify.annotations.NullMarked;
