"""Paper forms that came back: logged, typed by two people, differences resolved by a third."""
