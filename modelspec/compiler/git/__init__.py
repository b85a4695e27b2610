"""What git runs: archives as text, documents compared and merged, and the settings that have it do so."""
