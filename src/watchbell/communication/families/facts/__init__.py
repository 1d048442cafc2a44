"""How long links, codes and devices hold, and how often may be tried."""

LINK_MINUTES = 20
MOST_CODE_TRIES = 5
DEVICE_DAYS = 180
#: How often an address is sent a link in ten minutes, and how often may be asked and tried from one place a minute.
MOST_TO_ONE, TO_ONE_SECONDS = 3, 600.0
#: A minute from one network address, behind which a telephone company may have thousands of families.
MOST_ASKED, MOST_TRIED = 120, 240
#: A shared address names several people; more than so many is no family.
MOST_SHARING = 6
