package io.nereid.modelrepo.objectstore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A bucket whose service lists objects page by page, an end of which is required whatever it answers. */
interface PagedBucket extends Bucket {
    /** Pages of a listing at most; services put a thousand names on each. */
    int MAX_PAGES = 10_000;

    /**
     * A page of a listing.
     *
     * @param items the objects
     * @param folders the names up to the next slash that several objects may share
     * @param next what the next page is asked for with; empty on the last
     */
    record Page(List<Item> items, List<String> folders, String next) {}

    /**
     * A page of what lies under a prefix.
     *
     * @param byFolder whether names with a further slash are listed as folders only
     * @param token empty for the first page, else {@link Page#next} of the one before
     */
    Page page(String prefix, boolean byFolder, String token) throws IOException;

    @Override
    default List<String> folders(String prefix) throws IOException {
        List<String> folders = new ArrayList<>();
        forEachPage(prefix, true, page -> folders.addAll(page.folders()));
        return folders;
    }

    @Override
    default List<Item> list(String prefix, int max) throws IOException {
        List<Item> items = new ArrayList<>();
        forEachPage(prefix, false, page -> {
            items.addAll(page.items());
            if (items.size() > max) {
                throw new IOException("more than " + max + " objects under '" + prefix + "'");
            }
        });
        return items;
    }

    /** What is done with a page. */
    @FunctionalInterface
    interface PageReader {
        void read(Page page) throws IOException;
    }

    private void forEachPage(String prefix, boolean byFolder, PageReader reader) throws IOException {
        Set<String> tokens = new HashSet<>();
        String next = "";
        do {
            Page page = page(prefix, byFolder, next);
            reader.read(page);
            next = page.next();
            if (!next.isEmpty() && !tokens.add(next)) {
                throw new IOException("the listing of '" + prefix + "' does not end: the store has named the same next"
                        + " page twice");
            }
            if (tokens.size() > MAX_PAGES) {
                throw new IOException("the listing of '" + prefix + "' does not end after " + MAX_PAGES + " pages");
            }
        } while (!next.isEmpty());
    }
}
