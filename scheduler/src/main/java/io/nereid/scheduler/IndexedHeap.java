package io.nereid.scheduler;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;

/**
 * A binary heap whose elements know their places, so that any of them can be taken out without a search. An element is
 * in one heap of its kind at most. Allocates nothing once it has grown. Not thread-safe.
 */
public final class IndexedHeap<E> {
    private final ArrayList<E> elements = new ArrayList<>();
    private final Order<E> order;

    /** An empty heap. */
    public IndexedHeap(Order<E> order) {
        this.order = order;
    }

    /** What comes first, and where an element keeps its place: -1 while it is in no heap. */
    public interface Order<E> {
        /** Whether one comes before the other. */
        boolean isBefore(E one, E other);

        /** The element's place. */
        int index(E element);

        /** Keeps its place. */
        void index(E element, int index);
    }

    /** What comes first; null if there is nothing. */
    public @Nullable E first() {
        return elements.isEmpty() ? null : elements.getFirst();
    }

    /** How many elements are in it. */
    public int size() {
        return elements.size();
    }

    /** Puts an element in, or to its new place if it is in already and its rank has changed. */
    public void place(E element) {
        int index = order.index(element);
        if (index < 0) {
            index = elements.size();
            elements.add(element);
            order.index(element, index);
        }
        if (rise(element, index) == index) {
            sink(element, index);
        }
    }

    /** Takes an element out if it is in. */
    public void remove(E element) {
        int index = order.index(element);
        if (index < 0) {
            return;
        }
        order.index(element, -1);
        E last = elements.removeLast();
        if (index < elements.size()) {
            set(index, last);
            if (rise(last, index) == index) {
                sink(last, index);
            }
        }
    }

    private int rise(E element, int start) {
        int index = start;
        while (index > 0) {
            int parent = (index - 1) / 2;
            if (!order.isBefore(element, elements.get(parent))) {
                break;
            }
            set(index, elements.get(parent));
            index = parent;
        }
        set(index, element);
        return index;
    }

    private void sink(E element, int start) {
        int index = start;
        while (true) {
            int child = 2 * index + 1;
            if (child >= elements.size()) {
                break;
            }
            if (child + 1 < elements.size() && order.isBefore(elements.get(child + 1), elements.get(child))) {
                child++;
            }
            if (!order.isBefore(elements.get(child), element)) {
                break;
            }
            set(index, elements.get(child));
            index = child;
        }
        set(index, element);
    }

    private void set(int index, E element) {
        elements.set(index, element);
        order.index(element, index);
    }
}
