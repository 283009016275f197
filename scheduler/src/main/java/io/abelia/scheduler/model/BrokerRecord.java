package io.abelia.scheduler.model;

/**
 * What a broker or datastore tells of itself.
 *
 * @param id its name
 * @param endpoint where it answers, a URL
 * @param incarnation one for each disk that it ever had
 * @param beat grows with each heartbeat
 * @param timeMs its clock
 */
public record BrokerRecord(String id, String endpoint, String incarnation, long beat, long timeMs) {
    /** What a datastore's disk is called where data are noted: another disk holds nothing of what this one held. */
    public String holder() {
        return id + "~" + incarnation;
    }
}
