package io.nereid.modelrepo.objectstore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Listings of services that never come to an end. */
@Timeout(60)
class PagedBucketTest {
    private static final class Endless implements PagedBucket {
        private final IntFunction<String> next;
        private int pages;

        /** @param next the token of the page behind one, by that one's number */
        Endless(IntFunction<String> next) {
            this.next = next;
        }

        @Override
        public Page page(String prefix, boolean byFolder, String token) {
            return new Page(List.of(), List.of(), next.apply(pages++));
        }

        @Override
        public void download(Item item, Path file) throws IOException {
            throw new IOException("there is nothing");
        }

        @Override
        public void close() {}
    }

    @Test
    void list_samePageTwice_isAnError() {
        assertThatThrownBy(() -> new Endless(_ -> "again").list("p/", 10)).isInstanceOf(IOException.class)
                .hasMessage("the listing of 'p/' does not end: the store has named the same next page twice");
        assertThatThrownBy(() -> new Endless(page -> "t" + page % 2).folders("p/")).isInstanceOf(IOException.class)
                .hasMessageContaining("does not end");
    }

    @Test
    void list_emptyPagesWithoutEnd_isAnError() {
        assertThatThrownBy(() -> new Endless(page -> "t" + page).folders("p/")).isInstanceOf(IOException.class)
                .hasMessage("the listing of 'p/' does not end after 10000 pages");
    }
}
