package io.abelia.coordination.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RequestNameTest {
    @Test
    void shouldStayThatOfTheClientThatSentItFirst() {
        final RequestName name = new RequestName(5);
        assertFalse(name.isFixed());
        assertEquals(7, name.fix(7));
        assertEquals(7, name.fix(8), "the process is another client by now; what client 7 did must not be done again");
        assertTrue(name.isFixed());
    }
}
