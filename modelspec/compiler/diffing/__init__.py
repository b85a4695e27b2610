"""Two models compared, whatever each is given as: a document, an archive, a config, a git revision of one."""
